// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How long a run will still take: the longest path over what remains, by what each task took last, or
// the work of the fullest pool where that is more. A pure state machine; owns no clock.

/// Estimates what remains of a run.
package struct RemainingTime: Sendable {
  /// What is said of the rest of a run.
  package struct Estimate: Sendable, Hashable {
    /// Nanoseconds.
    package let remaining: Int64
    /// Whether every task that may still run has run before.
    package let isComplete: Bool
  }

  private enum State: UInt8 { case waiting, running, ended }

  /// What is assumed of a task that never ran: as much as the scheduler assumes.
  private static func guess(_ taskClass: TaskClass) -> Int64 {
    taskClass == .effect ? 1_000_000_000 : 10_000_000
  }

  private let items: [RunOutline.Item]
  private let positions: [TaskID: Int]
  private var states: [State]
  private var starts: [Int64]
  private var unended: Int
  /// How much of the work was expected to be something; without that no time can be told.
  private let isKnown: Bool

  /// Takes the shape of a run.
  package init(_ outline: RunOutline) {
    let items = outline.items
    self.items = items
    positions = Dictionary(
      items.indices.map { (items[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
    states = [State](repeating: .waiting, count: items.count)
    starts = [Int64](repeating: 0, count: items.count)
    unended = items.count
    isKnown = items.contains { ($0.expected ?? 0) > 0 }
  }

  /// A task started, at nanoseconds since the run began.
  package mutating func start(_ id: TaskID, at time: Int64) {
    guard let position = positions[id], states[position] != .ended else { return }
    states[position] = .running
    starts[position] = time
  }

  /// A task ended.
  package mutating func end(_ id: TaskID) {
    guard let position = positions[id], states[position] != .ended else { return }
    states[position] = .ended
    unended -= 1
  }

  /// What remains at a time; nil where no task of the run is known to take any.
  package func estimate(at now: Int64) -> Estimate? {
    guard isKnown else { return nil }
    guard unended > 0 else { return Estimate(remaining: 0, isComplete: true) }
    var after = [Int64](repeating: 0, count: items.count)
    var longest: Int64 = 0
    var isComplete = true
    var work: [Pool: Int64] = [:]
    for position in items.indices.reversed() where states[position] != .ended {
      let item = items[position]
      if item.expected == nil, item.taskClass != .observe { isComplete = false }
      let whole = item.expected ?? Self.guess(item.taskClass)
      let done = states[position] == .running ? now - starts[position] : 0
      let rest = max(0, whole - done)
      let path = rest + after[position]
      longest = max(longest, path)
      if rest > 0 { work[item.pool, default: 0] += rest }
      for need in item.needs { after[Int(need)] = max(after[Int(need)], path) }
    }
    for (pool, rest) in work { longest = max(longest, rest / Int64(pool.capacity)) }
    return Estimate(remaining: longest, isComplete: isComplete)
  }
}
