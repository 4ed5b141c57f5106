// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What must be known of a Compose service to say where it runs: its name and whom it waits for. Holds
// nothing else of the Compose file.

/// A service of the Compose file whose profile is on.
package struct ComposeServiceOutline: Sendable, Hashable {
  package let name: String
  /// The services it waits for, as `depends_on` names them.
  package let dependencies: [String]

  /// Makes an outline.
  package init(name: String, dependencies: [String] = []) {
    self.name = name
    self.dependencies = dependencies
  }
}
