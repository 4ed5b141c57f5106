// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs a graph: one loop that owns the schedule, the results and the index, and child tasks only for
// what is running. Knows no file format and no command.

package import Cache
import SystemPackage

/// Runs graphs.
package struct Executor: Sendable {
  private let state: ProjectState
  private let commands: any CommandRunner
  private let environment: [String: String]
  private let options: RunOptions

  /// An executor over these stores; `environment` is what the user's environment resolves to.
  package init(
    state: ProjectState, commands: any CommandRunner, environment: [String: String],
    options: RunOptions
  ) {
    self.state = state
    self.commands = commands
    self.environment = environment
    self.options = options
  }

  /// Runs every task of `graph`; does not throw, because a failed task is an outcome.
  ///
  /// `index` is brought up to date with what ran. Cancelling the calling task stops the run: what
  /// runs is ended, what has not started never does, and the report still names every task.
  package func run(
    _ graph: Graph, goal: String, runID: String, index: inout TaskIndex,
    emit: @escaping @Sendable (Event) -> Void
  ) async -> RunResult {
    let clock = RunClock()
    let send: @Sendable (Event.Kind) -> Void = { emit(Event($0, time: clock.now)) }
    send(
      .runStarted(
        id: runID, goal: goal, tasks: graph.nodes.count, wall: RunClock.wallNanoseconds))
    let receipts = state.receipts
    if let warning = receipts.warning { send(.warning(nil, warning)) }
    var loop = Loop(
      graph: graph, index: index,
      performer: TaskPerformer(
        state: state, commands: commands, environment: environment, options: options,
        runID: runID, clock: clock, receipts: receipts.values,
        emit: Self.withoutRepeatedWarnings(send)))
    await loop.run(keepsGoing: options.keepsGoing, send: send)
    index = loop.index
    let report = RunReport(
      id: runID, goal: goal, entries: loop.entries, duration: .nanoseconds(clock.now),
      wasInterrupted: loop.wasInterrupted)
    send(.runFinished(report))
    return RunResult(
      report: report, proof: loop.proof(state.files),
      effects: loop.values(of: .effect), observations: loop.values(of: .observe))
  }

  /// A cache that cannot be written says so once and not once a task.
  private static func withoutRepeatedWarnings(
    _ send: @escaping @Sendable (Event.Kind) -> Void
  ) -> @Sendable (Event.Kind) -> Void {
    let told = SeenOnce()
    return { kind in
      if case .warning(_, let text) = kind, !told.isFirst(text) { return }
      send(kind)
    }
  }
}

/// The state of one run; only the loop touches it.
private struct Loop {
  let graph: Graph
  var index: TaskIndex
  let performer: TaskPerformer
  private var schedule: Schedule
  private var results: [TaskResult?]
  private(set) var wasInterrupted = false

  init(graph: Graph, index: TaskIndex, performer: TaskPerformer) {
    self.graph = graph
    self.index = index
    self.performer = performer
    results = [TaskResult?](repeating: nil, count: graph.nodes.count)
    schedule = Schedule(
      graph,
      durations: graph.nodes.map { node in
        index[node.id.text]?.duration
          ?? (node.taskClass == .effect ? 1_000_000_000 : 10_000_000)
      })
  }

  mutating func run(keepsGoing: Bool, send: @Sendable (Event.Kind) -> Void) async {
    await withTaskGroup(of: TaskResult.self) { group in
      var running = 0
      var isStopping = false
      while true {
        while !isStopping, let position = schedule.next() {
          let request = request(position)
          let performer = performer
          group.addTask { await performer.perform(request) }
          running += 1
        }
        guard running > 0, let result = await group.next() else { break }
        running -= 1
        end(result, send)
        if Task.isCancelled, !wasInterrupted {
          wasInterrupted = true
          isStopping = true
          abandon(.cancelled, send)
        }
        if !keepsGoing, !isStopping, case .failed = result.outcome {
          // What runs may finish: nothing is left half done, and its result is kept.
          isStopping = true
          abandon(.skipped(because: graph.nodes[result.position].id), send)
        }
      }
      if Task.isCancelled, !schedule.isFinished {
        wasInterrupted = true
        abandon(.cancelled, send)
      }
    }
  }

  private func request(_ position: Int) -> TaskPerformer.Request {
    let node = graph.nodes[position]
    var upstream: [Keying.Upstream] = []
    var values: [TaskID: any Storable] = [:]
    for dependency in node.dependencies {
      let other = graph.nodes[Int(dependency)]
      let result = results[Int(dependency)]
      upstream.append(
        Keying.Upstream(id: other.id, taskClass: other.taskClass, digest: result?.digest))
      values[other.id] = result?.value
    }
    return TaskPerformer.Request(
      node: node, position: position, last: index[node.id.text], upstream: upstream,
      values: values)
  }

  private mutating func end(_ result: TaskResult, _ send: @Sendable (Event.Kind) -> Void) {
    let id = graph.nodes[result.position].id
    results[result.position] = result
    if let entry = result.entry { index.update(entry) }
    send(.finished(id, result.outcome, result.reason))
    if result.outcome.isSuccess {
      schedule.succeed(result.position)
      return
    }
    for lost in schedule.fail(result.position) {
      if case .cancelled = result.outcome {
        never(lost, .cancelled, send)
      } else {
        never(lost, .skipped(because: id), send)
      }
    }
  }

  private mutating func abandon(_ outcome: Outcome, _ send: @Sendable (Event.Kind) -> Void) {
    for position in schedule.abandonRest() { never(position, outcome, send) }
  }

  /// Ends a task that never started.
  private mutating func never(
    _ position: Int, _ outcome: Outcome, _ send: @Sendable (Event.Kind) -> Void
  ) {
    let reason = Reason.unknown("it was not looked at")
    var result = TaskResult(position: position, outcome: outcome, reason: reason)
    result.start = performer.clock.now
    result.end = result.start
    results[position] = result
    send(.finished(graph.nodes[position].id, outcome, reason))
  }

  /// What the tasks of a class produced.
  func values(of taskClass: TaskClass) -> [TaskID: any Storable] {
    var values: [TaskID: any Storable] = [:]
    for (node, result) in zip(graph.nodes, results) where node.taskClass == taskClass {
      values[node.id] = result?.value
    }
    return values
  }

  /// One entry a task, in the order of the graph.
  var entries: [RunReport.Entry] {
    zip(graph.nodes, results).map { node, result in
      RunReport.Entry(
        id: node.id, taskClass: node.taskClass, policy: node.policy,
        outcome: result?.outcome ?? .cancelled,
        reason: result?.reason ?? .unknown("it was not looked at"), start: result?.start ?? 0,
        end: result?.end ?? 0)
    }
  }

  /// What proves to the next run that nothing changed; nil where something cannot be proved.
  ///
  /// After an effect ran, the observations that were made before it are out of date.
  func proof(_ files: FileDigests) -> RunResult.Proof? {
    var proof = RunResult.Proof()
    for (node, result) in zip(graph.nodes, results) {
      guard let result, result.isProvable, result.outcome.isSuccess else { return nil }
      if node.taskClass == .effect, case .executed = result.outcome { return nil }
      proof.reads.files.merge(result.reads.files) { _, new in new }
      proof.reads.variables.merge(result.reads.variables) { _, new in new }
      if let observation = result.observation { proof.observations.append(observation) }
    }
    // What tasks made comes last: a file that one task read before another rewrote it counts as it is
    // now.
    var made: Set<String> = []
    for result in results {
      for output in result?.outputs ?? [] {
        made.insert(output.path)
        guard let identity = settled(output, files) else { return nil }
        proof.reads.files[output.path] = .some(identity)
      }
    }
    // Whatever was written in the clock's last tick proves nothing yet: the run after the next will.
    for case (let path, let identity?) in proof.reads.files {
      switch identity.type {
      case .directory:
        guard identity.inode != 0 else { return nil }
      case .regular, .symbolicLink, .other:
        guard made.contains(path) || files.isTrusted(path, identity) else { return nil }
      }
    }
    return proof
  }

  /// The identity of an output that can be trusted from now on; reads young files again.
  private func settled(
    _ output: (path: String, identity: FileIdentity), _ files: FileDigests
  ) -> FileIdentity? {
    guard output.identity.inode == 0 else { return output.identity }
    guard output.identity.size <= 1 << 20 else { return nil }
    do throws(CacheError) {
      let entry = try files.entry(for: output.path)
      guard let entry, files.isTrusted(output.path, entry.identity) else { return nil }
      return entry.identity
    } catch {
      return nil
    }
  }
}

extension Executor {
  /// The value of one pure task, run and kept where no record has it.
  package func value<Kind: PureTask>(
    of task: Kind, runID: String, index: inout TaskIndex
  ) async throws(TaskError) -> Kind.Output {
    var graph = Graph()
    do throws(GraphError) {
      try graph.add(task)
    } catch {
      throw TaskError(.invariant, "`\(task.id)` cannot be planned by itself")
    }
    let result = await run(graph, goal: "prepare", runID: runID, index: &index) { _ in }
    if let failure = result.report.failures.first { throw failure.error }
    guard let value = index[task.id.text].flatMap({ Kind.Output.read($0.value) }) else {
      throw TaskError.interrupted
    }
    return value
  }
}
