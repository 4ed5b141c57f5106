// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How long a plan will take and what decides that: the plan is played through with the durations of
// earlier runs, by the rules that a run is scheduled by. A pure function of the entries.

/// What a run of a plan would take.
///
/// Tasks that may run count as if they did.
package struct Forecast: Sendable, Hashable {
  /// From the start of the first task to the end of the last.
  package private(set) var duration: Duration = .zero
  /// The chain of tasks that the end waits for, first to last; each waits for the one before it, or
  /// for its place in a pool.
  package private(set) var criticalPath: [TaskID] = []
  /// The host that most of the critical path is spent on; nil where none of it is.
  package private(set) var host: String?
  /// How much of the critical path is spent there.
  package private(set) var hostShare: Duration = .zero
  /// How many tasks would run that no earlier run says the duration of.
  package private(set) var guesses = 0

  /// What is assumed of a task that never ran: an effect is as long as a start of a container, the
  /// rest next to nothing.
  static func guess(_ entry: PlanEntry) -> Duration {
    switch entry.taskClass {
    case .effect: .seconds(2)
    case .observe: .milliseconds(entry.host == nil ? 5 : 300)
    case .pure: .milliseconds(100)
    }
  }

  /// Plays `entries` through; each stands after those that it waits for.
  package init(_ entries: [PlanEntry]) {
    var positions: [TaskID: Int32] = [:]
    var durations: [Int64] = []
    var items: [Schedule.Item] = []
    for (position, entry) in entries.enumerated() {
      positions[entry.id] = Int32(position)
      let isGuess = entry.status != .hit && entry.expected == nil
      if isGuess, entry.taskClass != .observe { guesses += 1 }
      let expected = entry.expected ?? Self.guess(entry)
      durations.append(entry.status == .hit ? 0 : expected.nanoseconds)
      items.append(
        Schedule.Item(
          dependencies: entry.dependsOn.compactMap { positions[$0] }.sorted(), pool: entry.pool))
    }
    // Only observations are left where nothing is to be done: not worth a forecast.
    guard entries.contains(where: { $0.status != .hit && $0.taskClass != .observe }) else { return }
    let played = Self.play(items, durations)
    guard let last = played.last else { return }
    duration = .nanoseconds(played.ends[last])
    var chain: [Int] = []
    var current: Int? = last
    while let position = current {
      if durations[position] > 0 { chain.append(position) }
      current = played.waitedFor[position]
    }
    chain.reverse()
    criticalPath = chain.map { entries[$0].id }
    var shares: [String: Int64] = [:]
    for position in chain {
      if let host = entries[position].host { shares[host, default: 0] += durations[position] }
    }
    if let most = shares.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
      host = most.key
      hostShare = .nanoseconds(most.value)
    }
  }

  /// How a run went in the mind.
  private struct Played {
    /// Nanoseconds from the start, by position.
    var ends: [Int64]
    /// Whose end a task had to wait for.
    var waitedFor: [Int?]
    /// The task that ends last.
    var last: Int?
  }

  private static func play(_ items: [Schedule.Item], _ durations: [Int64]) -> Played {
    var schedule = Schedule(items, durations: durations)
    var played = Played(
      ends: [Int64](repeating: 0, count: items.count),
      waitedFor: [Int?](repeating: nil, count: items.count), last: nil)
    // Those that run, the one that ends first at the end.
    var running: [(end: Int64, position: Int)] = []
    var now: Int64 = 0
    var ended: Int?
    while true {
      while let position = schedule.next() {
        // Its last dependency, unless it had to wait longer for a place in its pool.
        let latest = items[position].dependencies.map(Int.init)
          .max { (played.ends[$0], $1) < (played.ends[$1], $0) }
        played.waitedFor[position] = latest.flatMap { played.ends[$0] == now ? $0 : nil } ?? ended
        let end = now + durations[position]
        played.ends[position] = end
        let place = running.firstIndex { ($0.end, $0.position) < (end, position) } ?? running.count
        running.insert((end, position), at: place)
      }
      guard let next = running.popLast() else { break }
      now = next.end
      ended = next.position
      if played.ends[played.last ?? next.position] <= next.end { played.last = next.position }
      schedule.succeed(next.position)
    }
    return played
  }
}
