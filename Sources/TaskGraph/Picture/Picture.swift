// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A plan or a run as a picture: its tasks, what the tasks come to, and what the eye should find first.
// A value that every form of picture is made from; knows no format.

/// What a picture shows.
package struct Picture: Sendable {
  /// Whether it shows what would be, or what was.
  package enum Kind: String, Sendable {
    case plan, report
  }

  /// Tasks that have the same cause.
  package struct Cause: Sendable, Hashable {
    package let text: String
    package let tasks: [Int]
  }

  package let kind: Kind
  /// `build`, `deploy`.
  package let goal: String
  package let environment: String
  /// The name of the run; empty for a plan.
  package var run = ""
  /// `ok`, `failed`, `interrupted`, `running` or `unfinished`; empty for a plan.
  package var outcome = ""
  package let tasks: [PictureTask]
  /// The chain that bounds the time, first to last.
  package private(set) var criticalPath: [Int]
  /// What that chain takes; of a plan what is expected of the whole.
  package private(set) var criticalTime: Duration
  /// How many tasks of a plan were never timed.
  package private(set) var guesses = 0
  /// The host that most of that chain is spent on, and how much of it.
  package private(set) var bound: (host: String, time: Duration)?
  /// Why tasks run; the first causes, and last what follows from them.
  package let causes: [Cause]
  /// Wall time of a run; zero for a plan.
  package var duration = Duration.zero
  /// Something the reader should know about the picture itself.
  package var note = ""

  /// Pictures `tasks`, each of which stands behind what it waits for.
  package init(_ kind: Kind, goal: String, environment: String, tasks: [PictureTask]) {
    self.kind = kind
    self.goal = goal
    self.environment = environment
    self.tasks = tasks
    let weights = tasks.map { task -> Int64 in
      task.span.map { $0.end - $0.start }
        ?? task.expected.map(DurationFormat.nanoseconds) ?? 0
    }
    let path = CriticalPath(
      tasks.map(\.before), weights: weights, isPart: tasks.map { Self.takesTime($0, kind) })
    criticalPath = path.tasks
    criticalTime = path.length
    causes = Self.causes(tasks)
  }

  /// Pictures a plan.
  package init(_ entries: [PlanEntry], goal: String, environment: String) {
    var positions: [TaskID: Int] = [:]
    var tasks: [PictureTask] = []
    tasks.reserveCapacity(entries.count)
    for entry in entries {
      positions[entry.id] = tasks.count
      tasks.append(PictureTask(entry, positions: positions))
    }
    self.init(.plan, goal: goal, environment: environment, tasks: tasks)
    let forecast = Forecast(entries)
    guard !forecast.criticalPath.isEmpty else {
      (criticalPath, criticalTime) = ([], .zero)
      return
    }
    criticalPath = forecast.criticalPath.compactMap { positions[$0] }
    criticalTime = forecast.duration
    guesses = forecast.guesses
    bound = forecast.host.map { ($0, forecast.hostShare) }
  }

  /// How many tasks have each status.
  package var counts: [PictureTask.Status: Int] {
    var counts: [PictureTask.Status: Int] = [:]
    for task in tasks { counts[task.status, default: 0] += 1 }
    return counts
  }

  /// What the hits of a run saved.
  package var saved: Duration {
    tasks.reduce(.zero) { $0 + ($1.saved ?? .zero) }
  }

  private static func takesTime(_ task: PictureTask, _ kind: Kind) -> Bool {
    switch task.status {
    case .hit: kind == .report && task.span != nil
    case .run, .maybe, .look: true
    case .executed, .failed, .looked, .running: task.span != nil
    case .skipped, .cancelled, .waiting: false
    }
  }

  private static func causes(_ tasks: [PictureTask]) -> [Cause] {
    var order: [String] = []
    var found: [String: [Int]] = [:]
    var following: [Int] = []
    for (position, task) in tasks.enumerated() {
      switch task.status {
      case .run, .maybe, .executed, .failed, .running: break
      case .hit, .look, .skipped, .cancelled, .waiting, .looked: continue
      }
      let isUpstream =
        task.reasonCode == "upstream_runs"
        || task.reasonCode == "changed" && !task.changes.isEmpty
          && task.changes.allSatisfy { $0.kind == "upstream output" }
      if task.reasonCode == "always_observes" { continue }
      if isUpstream {
        following.append(position)
      } else {
        if found[task.reason] == nil { order.append(task.reason) }
        found[task.reason, default: []].append(position)
      }
    }
    var causes = order.map { Cause(text: $0, tasks: found[$0] ?? []) }
    if !following.isEmpty {
      causes.append(Cause(text: "what they need runs before them", tasks: following))
    }
    return causes
  }
}
