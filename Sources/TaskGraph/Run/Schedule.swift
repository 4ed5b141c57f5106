// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which task may start next: a pure state machine over flat arrays. Knows positions and pools, and
// nothing of what tasks do.

/// Decides which task starts next.
///
/// Among the tasks that are ready and whose pool has room, the one with the longest remaining path
/// goes first (critical-path list scheduling, by the durations of earlier runs). One owner, no lock.
package struct Schedule: Sendable {
  private enum State: UInt8 { case waiting, ready, running, ended }

  private var states: [State]
  private var missing: [Int32]
  /// How many more of its dependencies may fail before a task is lost.
  private var tolerance: [Int]
  /// Dependents of node i stand at `dependents[firstDependent[i]..<firstDependent[i + 1]]`.
  private var dependents: [Int32]
  private var firstDependent: [Int32]
  private let priorities: [Int64]
  private let poolOf: [Int32]
  private var room: [Int]
  private var ready: [Heap]
  private var unended: Int

  /// What is to be known of a task to schedule it.
  package struct Item {
    /// Positions, each smaller than the item's own.
    package let dependencies: [Int32]
    package let pool: Pool
    /// How many of its dependencies may fail before it is lost.
    package let toleratedFailures: Int

    /// Makes an item.
    package init(dependencies: [Int32], pool: Pool, toleratedFailures: Int = 0) {
      self.dependencies = dependencies
      self.pool = pool
      self.toleratedFailures = toleratedFailures
    }
  }

  /// Takes the shape of `graph`; `durations` are nanoseconds by position, from earlier runs.
  package init(_ graph: Graph, durations: [Int64]) {
    self.init(
      graph.nodes.lazy.map { node in
        Item(
          dependencies: node.dependencies, pool: node.policy.pool,
          toleratedFailures: node.policy.toleratedFailures)
      }, durations: durations)
  }

  /// Takes the shape of `items`; `durations` are nanoseconds by position.
  package init(
    _ items: some RandomAccessCollection<Item>, durations: [Int64]
  ) {
    let count = items.count
    states = [State](repeating: .waiting, count: count)
    missing = [Int32](repeating: 0, count: count)
    tolerance = items.map(\.toleratedFailures)
    unended = count
    var counts = [Int32](repeating: 0, count: count + 1)
    for item in items {
      for dependency in item.dependencies { counts[Int(dependency) + 1] += 1 }
    }
    for position in 0..<count { counts[position + 1] += counts[position] }
    firstDependent = counts
    dependents = [Int32](repeating: 0, count: Int(counts[count]))
    var pools: [Pool: Int32] = [:]
    var poolOf: [Int32] = []
    poolOf.reserveCapacity(count)
    var room: [Int] = []
    for (position, item) in items.enumerated() {
      missing[position] = Int32(item.dependencies.count)
      for dependency in item.dependencies {
        dependents[Int(counts[Int(dependency)])] = Int32(position)
        counts[Int(dependency)] += 1
      }
      let pool = item.pool
      if let known = pools[pool] {
        poolOf.append(known)
      } else {
        pools[pool] = Int32(room.count)
        poolOf.append(Int32(room.count))
        room.append(pool.capacity)
      }
    }
    var priorities = [Int64](repeating: 0, count: count)
    for position in stride(from: count - 1, through: 0, by: -1) {
      let own = max(1, position < durations.count ? durations[position] : 1)
      priorities[position] &+= own
      for dependency in items[items.index(items.startIndex, offsetBy: position)].dependencies {
        priorities[Int(dependency)] = max(priorities[Int(dependency)], priorities[position])
      }
    }
    self.priorities = priorities
    self.poolOf = poolOf
    self.room = room
    ready = [Heap](repeating: Heap(), count: room.count)
    for position in 0..<count where missing[position] == 0 { makeReady(position) }
  }

  /// Whether every task has ended.
  package var isFinished: Bool { unended == 0 }

  /// The task to start now; nil while nothing is ready or no pool has room.
  package mutating func next() -> Int? {
    var best: Int?
    for pool in ready.indices where room[pool] > 0 {
      guard let top = ready[pool].top else { continue }
      if let other = best, !precedes(top, ready[other].top ?? top) { continue }
      best = pool
    }
    guard let best, let position = ready[best].pop(by: precedes) else { return nil }
    room[best] -= 1
    states[Int(position)] = .running
    return Int(position)
  }

  /// Ends a running task whose dependents may go on.
  package mutating func succeed(_ position: Int) {
    end(position)
    for slot in firstDependent[position]..<firstDependent[position + 1] {
      let dependent = Int(dependents[Int(slot)])
      missing[dependent] -= 1
      if missing[dependent] == 0, states[dependent] == .waiting { makeReady(dependent) }
    }
  }

  /// Ends a running task that failed; returns what can now never run, ascending, as ended.
  package mutating func fail(_ position: Int) -> [Int] {
    end(position)
    var lost: [Int] = []
    var open = [position]
    while let current = open.popLast() {
      for slot in firstDependent[current]..<firstDependent[current + 1] {
        let dependent = Int(dependents[Int(slot)])
        guard states[dependent] == .waiting else { continue }
        if tolerance[dependent] > 0 {
          tolerance[dependent] -= 1
          missing[dependent] -= 1
          if missing[dependent] == 0 { makeReady(dependent) }
          continue
        }
        states[dependent] = .ended
        unended -= 1
        lost.append(dependent)
        open.append(dependent)
      }
    }
    return lost.sorted()
  }

  /// Ends every task that has not started; returns those, ascending.
  ///
  /// Called once a run stops taking new work, so that the report still names every task.
  package mutating func abandonRest() -> [Int] {
    var rest: [Int] = []
    for position in states.indices where states[position] == .waiting || states[position] == .ready
    {
      states[position] = .ended
      unended -= 1
      rest.append(position)
    }
    for pool in ready.indices { ready[pool] = Heap() }
    return rest
  }

  private mutating func end(_ position: Int) {
    guard states[position] == .running else { return }
    states[position] = .ended
    unended -= 1
    room[Int(poolOf[position])] += 1
  }

  private mutating func makeReady(_ position: Int) {
    states[position] = .ready
    ready[Int(poolOf[position])].push(Int32(position), by: precedes)
  }

  private var precedes: (Int32, Int32) -> Bool {
    let priorities = self.priorities
    return { left, right in
      let first = priorities[Int(left)]
      let second = priorities[Int(right)]
      return first != second ? first > second : left < right
    }
  }
}

/// A binary heap of positions; the order is given with each call.
private struct Heap: Sendable {
  private var items: [Int32] = []

  var top: Int32? { items.first }

  mutating func push(_ item: Int32, by precedes: (Int32, Int32) -> Bool) {
    items.append(item)
    var child = items.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(items[child], items[parent]) else { return }
      items.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop(by precedes: (Int32, Int32) -> Bool) -> Int32? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return first }
    items[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < items.count else { return first }
      if child + 1 < items.count, precedes(items[child + 1], items[child]) { child += 1 }
      guard precedes(items[child], items[parent]) else { return first }
      items.swapAt(child, parent)
      parent = child
    }
  }
}
