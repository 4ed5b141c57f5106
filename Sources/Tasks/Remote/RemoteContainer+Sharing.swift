// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a container's own words tell of its bonds to others and of its times. Pure.

import FoundationEssentials

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
      guard kind != .volumes, state == "running", !home.started.isEmpty, !started.isEmpty else {
        return true
      }
      return Self.comparable(home.started) <= Self.comparable(started)
    }
  }

  /// A time of the engine in a form whose order is that of its bytes: it drops zeros at the end of a
  /// fraction.
  static func comparable(_ time: String) -> String {
    time.hasSuffix("Z") ? String(time.dropLast()) : time
  }

  /// How long it ran last, where it ended.
  var secondsRun: Int? {
    func seconds(_ time: String) -> Double? {
      let whole = time.prefix { $0 != "." && $0 != "Z" }
      guard let date = try? Date(String(whole) + "Z", strategy: .iso8601) else { return nil }
      let fraction = time.dropFirst(whole.count).prefix { $0 == "." || $0.isNumber }
      return date.timeIntervalSince1970 + (Double("0" + fraction) ?? 0)
    }
    // Of one that ends at once an engine may write down the end before the start.
    guard let start = seconds(started), let end = seconds(finished), end > start - 1 else {
      return nil
    }
    return max(0, Int(end - start))
  }
}
