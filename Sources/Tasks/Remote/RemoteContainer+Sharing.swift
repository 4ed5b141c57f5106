// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a container's own words tell of its bonds to others and of its times. Pure.

extension RemoteContainer {
  /// Whether this one lives in one of `homes`, and that one is still as it was when this one started.
  ///
  /// A container that is started again has another network and other processes than before.
  func lives(in homes: [RemoteContainer], as kind: ServiceTie.Kind) -> Bool {
    homes.contains { home in
      guard home.state == "running" || kind == .volumes else { return false }
      let isNamed = shares.contains {
        $0 == "\(kind.rawValue):\(home.id)" || $0 == "\(kind.rawValue):\(home.name)"
      }
      guard isNamed else { return false }
      // What does not run now lost nothing.
      guard kind != .volumes, state == "running", let begun = ReleaseTime(home.started),
        let own = ReleaseTime(started)
      else { return true }
      return begun <= own
    }
  }

  /// How many seconds it ran last, where it ended.
  var secondsRun: Int? {
    // Of one that ends at once an engine may write down the end before the start.
    guard let start = ReleaseTime(started), let end = ReleaseTime(finished),
      end.nanoseconds > start.nanoseconds - 1_000_000_000
    else { return nil }
    return max(0, Int((end.nanoseconds - start.nanoseconds) / 1_000_000_000))
  }
}
