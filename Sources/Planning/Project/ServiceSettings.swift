// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What stagecraft.yml adds to a service of the Compose file. Does not know the Compose file.

/// One entry of `services:`.
package struct ServiceSettings: Sendable, Hashable {
  /// The service's name, as in the Compose file.
  package let name: String
  /// The tasks that end before the service's image is built.
  package let needs: [Reference]
  /// The host role it runs on; nil when none is given.
  package let role: Reference?
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes settings from their parts.
  package init(
    name: String, needs: [Reference] = [], role: Reference? = nil, location: SourceLocation
  ) {
    self.name = name
    self.needs = needs
    self.role = role
    self.location = location
  }
}
