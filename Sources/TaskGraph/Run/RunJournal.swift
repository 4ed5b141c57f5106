// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Keeps a run on disk, made from its events alone: plan, events, logs, summary and trace below
// `.stagecraft/runs/<id>/`. Whatever it cannot write is one warning; a run never fails because of it.

package import Cache
package import SystemPackage

/// Writes what happened in a run to a folder of its own.
///
/// A run in which nothing ran leaves no folder: it would push a run worth reading out of the newest
/// twenty, and cost a rerun more than the rerun itself.
package struct RunJournal {
  /// How many runs are kept.
  package static let kept = 20
  /// Of a graph with more tasks not even the shape is kept.
  private static let mostShaped = 20_000

  private let runs: FilePath
  private let plan: [PlanEntry]
  private let graph: Graph?
  private let environment: String
  private var goal = ""
  private var directory: FilePath?
  private var eventFile: Int32 = -1
  private var buffer: [UInt8] = []
  /// Events from before it was known that something runs.
  private var quiet: [Event] = []
  private var runID = ""
  private var logs: [TaskID: TaskLog] = [:]
  /// The first thing that could not be written; the journal stays silent after it.
  package private(set) var failure: CacheError?

  /// A journal below `directory`, which is the project's `.stagecraft`.
  ///
  /// Without a plan the shape of `graph` is kept. `environment` is empty for what is not about hosts.
  package init(
    in directory: FilePath, plan: [PlanEntry] = [], graph: Graph? = nil, environment: String = ""
  ) {
    runs = directory.appending("runs")
    self.plan = plan
    self.graph = graph
    self.environment = environment
  }

  /// The folder of this run; nil until something ran.
  package var folder: FilePath? { directory }

  /// Where the log of a task is, if the task wrote one.
  package static func logPath(of id: TaskID, run: FilePath) -> FilePath {
    run.appending("logs").appending(TaskLog.fileName(of: id))
  }

  /// Takes the next event; returns a warning for the first thing that cannot be written.
  package mutating func consume(_ event: Event) -> String? {
    guard failure == nil else { return nil }
    return attempt { (journal) throws(CacheError) in try journal.take(event) }
  }

  /// Writes what is still in memory, so that a run can be looked at while it runs.
  package mutating func flush() -> String? {
    guard failure == nil, !buffer.isEmpty else { return nil }
    return attempt { (journal) throws(CacheError) in try journal.writeBuffer() }
  }

  /// Does what may fail once; returns the warning.
  private mutating func attempt(
    _ body: (inout RunJournal) throws(CacheError) -> Void
  ) -> String? {
    do throws(CacheError) {
      try body(&self)
      return nil
    } catch {
      failure = error
      closeQuietly()
      return "this run is not recorded: \(error)"
    }
  }

  private mutating func take(_ event: Event) throws(CacheError) {
    if case .runStarted(let id, let goal, _, _) = event.kind {
      runID = id
      self.goal = goal
    }
    if directory == nil {
      if Self.isQuiet(event) {
        if case .runFinished = event.kind { return }
        quiet.append(event)
        return
      }
      try open()
    }
    switch event.kind {
    case .output(let id, let line, _, false):
      try logs[id, default: TaskLog(id)].append(line, below: directory)
    case .finished(let id, _, _):
      if var log = logs.removeValue(forKey: id) { try log.flush(below: directory) }
    default: break
    }
    EventJSON.append(event, .journal, to: &buffer)
    if buffer.count >= 64 * 1024 { try writeBuffer() }
    if case .runFinished(let report) = event.kind { try finish(report) }
  }

  /// Whether an event says that nothing had to be done.
  private static func isQuiet(_ event: Event) -> Bool {
    switch event.kind {
    case .runStarted, .planned, .upToDate, .message: true
    case .started(_, let reason): reason == .alwaysObserves
    case .output(_, _, _, let replayed): replayed
    case .retrying, .warning: false
    case .finished(_, let outcome, let reason):
      switch outcome {
      case .reused: true
      case .executed: reason == .alwaysObserves
      case .failed, .skipped, .cancelled: false
      }
    case .runFinished(let report): report.isSuccess
    }
  }

  private mutating func open() throws(CacheError) {
    let folder = runs.appending(FilePath.Component(runID) ?? "run")
    try FileSystem.createDirectory(folder)
    directory = folder
    try RunFolders.removeOldest(in: runs, keeping: Self.kept)
    let path = folder.appending("events.jsonl")
    eventFile = try FileSystem.createFile(path, mode: 0o644)
    if let known = shape() { try FileSystem.replace(folder.appending("plan.json"), with: known) }
    for event in quiet { EventJSON.append(event, .journal, to: &buffer) }
    quiet = []
  }

  /// What is kept of the plan; nil where that is nothing.
  private func shape() -> [UInt8]? {
    if !plan.isEmpty { return JSONGraph.render(plan, goal: goal, environment: environment) }
    guard let graph, graph.nodes.count <= Self.mostShaped else { return nil }
    return JSONGraph.render(graph, goal: goal, environment: environment)
  }

  private mutating func writeBuffer() throws(CacheError) {
    guard let directory else { return }
    try FileSystem.write(buffer, to: eventFile, path: directory.appending("events.jsonl"))
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func finish(_ report: RunReport) throws(CacheError) {
    guard let directory else { return }
    for id in logs.keys.sorted() {
      if var log = logs.removeValue(forKey: id) { try log.flush(below: directory) }
    }
    try writeBuffer()
    closeQuietly()
    try FileSystem.replace(
      directory.appending("summary.json"), with: ReportJSON.render(report))
    try FileSystem.replace(
      directory.appending("trace.json"), with: ChromeTrace.render(report))
  }

  private mutating func closeQuietly() {
    if eventFile >= 0 { RunFolders.close(eventFile) }
    eventFile = -1
  }
}
