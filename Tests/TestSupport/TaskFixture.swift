// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project with a cache of its own, and runs in it as the program would do them: each opens the
// stores anew and saves what it learned. Asserts nothing.

package import Cache
import Synchronization
import SystemPackage
package import TaskGraph

/// A project and a cache in one directory.
package struct TaskFixture: Sendable {
  /// Everything that one run left.
  package struct Run: Sendable {
    package let result: RunResult
    package let events: [Event]

    /// What came of each task.
    package var outcomes: [String: Outcome] {
      Dictionary(
        result.report.entries.map { ($0.id.text, $0.outcome) }, uniquingKeysWith: { old, _ in old })
    }

    /// The tasks that were executed, sorted; observations left out.
    package var executed: [String] {
      result.report.entries.filter { entry in
        if case .executed = entry.outcome { entry.taskClass != .observe } else { false }
      }.map(\.id.text).sorted()
    }

    /// The texts of all warnings.
    package var warnings: [String] {
      events.compactMap { if case .warning(_, let text) = $0.kind { text } else { nil } }
    }

    /// The lines that tasks wrote, replayed ones marked.
    package var lines: [String] {
      events.compactMap { event in
        if case .output(_, let line, let stream, let replayed) = event.kind {
          "\(replayed ? "replayed " : "")\(stream.rawValue) \(line)"
        } else {
          nil
        }
      }
    }

    /// The error of a task that failed.
    package func error(of id: String) -> TaskError? {
      if case .failed(let error) = outcomes[id] { error } else { nil }
    }

    /// Why a task ran or did not.
    package func reason(of id: String) -> Reason? {
      result.report.entries.first { $0.id.text == id }?.reason
    }
  }

  /// The files of the project.
  package let project: FileTree
  /// The files of the cache.
  package let cache: FileTree
  private let commands: any CommandRunner

  /// A project and a cache below `tree`.
  package init(in tree: FileTree, commands: any CommandRunner = RecordingRunner()) throws {
    try tree.makeDirectory("p")
    project = FileTree(tree.path("p"))
    cache = FileTree(tree.path("c"))
    self.commands = commands
  }

  /// Runs `body` with a fixture that is removed after it.
  package static func with<Result>(
    commands: any CommandRunner = RecordingRunner(),
    _ body: (TaskFixture) async throws -> Result
  ) async throws -> Result {
    try await TemporaryDirectory.with { tree in
      try await body(try TaskFixture(in: tree, commands: commands))
    }
  }

  /// The state directory of the project.
  package var state: StateLayout { StateLayout(projectRoot: project.root) }

  /// The stores, opened as a program that starts now would.
  package func open(isReader: Bool = false) -> ProjectState {
    ProjectState.open(
      root: project.root, environment: ["STAGECRAFT_CACHE_DIR": cache.root.string],
      isReader: isReader
    ).state
  }

  /// Runs a graph and saves what was learned; a failure to save is one more warning.
  package func run(
    _ graph: Graph, _ options: RunOptions = RunOptions(), environment: [String: String] = [:],
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) async -> Run {
    let state = open()
    var index = TaskIndex.load(state.layout.taskIndex)
    let events = EventList()
    let result = await Executor(
      state: state, commands: commands, environment: environment, options: options
    ).run(graph, goal: "test", runID: "test-\(UInt64.random(in: .min ... .max))", index: &index) {
      event in
      events.append(event)
      onEvent(event)
    }
    do throws(CacheError) {
      try index.save(to: state.layout.taskIndex)
      try state.files.save()
    } catch {
      events.append(Event(.warning(nil, error.description), time: 0))
    }
    return Run(result: result, events: events.all)
  }

  /// What a run would do, by task.
  package func plan(
    _ graph: Graph, _ options: RunOptions = RunOptions(), environment: [String: String] = [:]
  ) async -> [String: PlanEntry] {
    let state = open(isReader: true)
    let entries = await Evaluator(state: state, environment: environment, options: options)
      .entries(of: graph, index: TaskIndex.load(state.layout.taskIndex))
    return Dictionary(entries.map { ($0.id.text, $0) }, uniquingKeysWith: { old, _ in old })
  }
}

/// Events from many tasks, in the order in which they came.
package final class EventList: Sendable {
  private let events = Mutex<[Event]>([])

  /// Starts empty.
  package init() {}

  /// Adds one.
  package func append(_ event: Event) { events.withLock { $0.append(event) } }

  /// All so far.
  package var all: [Event] { events.withLock { $0 } }
}
