// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One host of an environment and what runs there. Knows no address and opens no connection.

/// A host that is deployed to.
package struct TargetHost: Sendable, Hashable {
  /// The ssh destination as written; `local` for the operator's own engine.
  package let name: String
  /// The roles it plays, in file order; none for the operator's own engine.
  package let roles: [String]
  /// The services to deploy there now, in the order of the Compose file.
  package let services: [String]
  /// All services that live there, whatever flags chose, in the order of the Compose file: what is not
  /// among them is an orphan.
  package let placed: [String]

  /// Makes a host.
  package init(name: String, roles: [String], services: [String], placed: [String]) {
    self.name = name
    self.roles = roles
    self.services = services
    self.placed = placed
  }
}
