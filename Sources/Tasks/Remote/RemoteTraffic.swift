// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Counts what goes to hosts, so that a claim about round trips can be measured.

import Synchronization

/// What was sent to hosts so far.
package final class RemoteTraffic: Sendable {
  /// The counts of this process.
  package static let shared = RemoteTraffic()

  /// The counts at one moment.
  package struct Counts: Sendable, Hashable {
    /// Connections that were started, refused ones among them; one that an earlier run left open
    /// counts as well.
    package var connections = 0
    /// Scripts that were sent, those that never began among them.
    package var roundTrips = 0

    /// Makes a value.
    package init(connections: Int = 0, roundTrips: Int = 0) {
      self.connections = connections
      self.roundTrips = roundTrips
    }
  }

  private let state = Mutex(Counts())

  /// Starts at zero.
  package init() {}

  /// The counts now.
  package var counts: Counts { state.withLock { $0 } }

  func countConnection() { state.withLock { $0.connections += 1 } }

  func countRoundTrip() { state.withLock { $0.roundTrips += 1 } }
}
