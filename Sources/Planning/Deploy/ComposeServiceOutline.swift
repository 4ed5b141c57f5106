// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What must be known of a Compose service to say where it runs: its name, whom it waits for and in whose
// containers it lives. Holds nothing else of the Compose file.

package import Tasks

/// A service of the Compose file whose profile is on.
package struct ComposeServiceOutline: Sendable, Hashable {
  package let name: String
  /// The services it waits for, as `depends_on` names them.
  package let dependencies: [String]
  /// What it has of the containers of other services.
  package let ties: [ServiceTie]

  /// Makes an outline.
  package init(name: String, dependencies: [String] = [], ties: [ServiceTie] = []) {
    self.ties = ties
    self.name = name
    self.dependencies = dependencies
  }
}
