// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which task waits for which, by position, in flat arrays. Answers reachability; knows no names.

/// The edges between tasks: from a task to those it needs.
struct NeedGraph: Sendable {
  // The edges of task `t` are targets[offsets[t]..<offsets[t + 1]].
  private let offsets: [Int32]
  private let targets: [Int32]

  /// Makes the graph from the edges of every task, in order.
  init(count: Int, edges: (Int, inout [Int32]) -> Void) {
    var offsets: [Int32] = [0]
    var targets: [Int32] = []
    offsets.reserveCapacity(count + 1)
    for task in 0..<count {
      edges(task, &targets)
      offsets.append(Int32(targets.count))
    }
    self.offsets = offsets
    self.targets = targets
  }

  /// The number of tasks.
  var count: Int { offsets.count - 1 }

  /// The tasks that `task` needs, in the order written.
  func needs(_ task: Int) -> ArraySlice<Int32> {
    targets[Int(offsets[task])..<Int(offsets[task + 1])]
  }

  /// The height of every task above those that need nothing; nil when there is a cycle.
  ///
  /// Kahn's algorithm over the reversed edges.
  func levels() -> [Int32]? {
    var waiting = (0..<count).map { offsets[$0 + 1] - offsets[$0] }
    let users = reversed()
    var levels = [Int32](repeating: 0, count: count)
    var ready = (0..<count).filter { waiting[$0] == 0 }
    var position = 0
    while position < ready.count {
      let task = ready[position]
      position += 1
      for user in users.needs(task) {
        levels[Int(user)] = max(levels[Int(user)], levels[task] + 1)
        waiting[Int(user)] -= 1
        if waiting[Int(user)] == 0 { ready.append(Int(user)) }
      }
    }
    return ready.count == count ? levels : nil
  }

  /// The same graph with every edge turned round.
  func reversed() -> NeedGraph {
    var counts = [Int32](repeating: 0, count: count + 1)
    for target in targets { counts[Int(target) + 1] += 1 }
    for index in counts.indices.dropFirst() { counts[index] += counts[index - 1] }
    var next = counts
    var sources = [Int32](repeating: 0, count: targets.count)
    for task in 0..<count {
      for target in needs(task) {
        sources[Int(next[Int(target)])] = Int32(task)
        next[Int(target)] += 1
      }
    }
    return NeedGraph(offsets: counts, targets: sources)
  }

  private init(offsets: [Int32], targets: [Int32]) {
    self.offsets = offsets
    self.targets = targets
  }
}

/// Answers whether one task waits for another, over any number of steps.
struct NeedReachability {
  private let graph: NeedGraph
  private let levels: [Int32]
  // One array for all questions: a task was seen in the current one when its stamp is the current.
  private var stamps: [Int32]
  private var stamp: Int32 = 0

  /// Makes it for a graph without cycles and its levels.
  init(_ graph: NeedGraph, levels: [Int32]) {
    self.graph = graph
    self.levels = levels
    self.stamps = [Int32](repeating: 0, count: graph.count)
  }

  /// True when `task` waits for `other`.
  mutating func waits(_ task: Int, for other: Int) -> Bool {
    if graph.needs(task).contains(Int32(other)) { return true }
    guard levels[task] > levels[other] + 1 else { return false }
    stamp += 1
    var pending = [task]
    while let next = pending.popLast() {
      for need in graph.needs(next) {
        if need == other { return true }
        // A task no higher than the one looked for cannot lead down to it.
        if levels[Int(need)] > levels[other], stamps[Int(need)] != stamp {
          stamps[Int(need)] = stamp
          pending.append(Int(need))
        }
      }
    }
    return false
  }
}
