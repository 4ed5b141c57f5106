// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which hosts play which role, as a `hosts` section says it. Does not know what runs there.

/// A `hosts` section.
package struct HostRoles: Sendable, Hashable {
  /// One role.
  package struct Role: Sendable, Hashable {
    /// The role's name.
    package let name: String
    /// The ssh destinations of its hosts, in the order written, each once; at least one.
    package let hosts: [Reference]
    /// Where its name stands.
    package let location: SourceLocation

    /// Makes a role.
    package init(name: String, hosts: [Reference], location: SourceLocation) {
      self.name = name
      self.hosts = hosts
      self.location = location
    }
  }

  /// The roles, in file order.
  package let roles: [Role]
  /// Where the section's key stands.
  package let location: SourceLocation

  /// Makes a section from its parts.
  package init(roles: [Role], location: SourceLocation) {
    self.roles = roles
    self.location = location
  }

  /// The role of a name.
  package func role(_ name: String) -> Role? { roles.first { $0.name == name } }

  /// The names of all roles, in file order.
  package var roleNames: [String] { roles.map(\.name) }

  /// The names of all hosts, sorted, each once.
  package var hostNames: [String] {
    Set(roles.flatMap { $0.hosts.map(\.name) }).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }
}
