// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The world outside of a model project: what was deployed last. Knows nothing of why.

import Synchronization

/// What was brought into the world.
final class ModelWorld: Sendable {
  /// One deployment.
  struct Deployment: Sendable, Equatable {
    /// The hexadecimal digits of the effect's key.
    var key: String
    var payload: String
  }

  private let deployment = Mutex<Deployment?>(nil)

  var current: Deployment? {
    get { deployment.withLock { $0 } }
    set { deployment.withLock { $0 = newValue } }
  }
}
