// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an environment says of a service that may live elsewhere. Does not know the Compose file.

/// A `<service>: {mode, url}` of an environment.
package struct ExternalService: Sendable, Hashable {
  /// The service's name, as in the Compose file.
  package let name: String
  /// Whether it runs elsewhere and is not deployed.
  package let isExternal: Bool
  /// Where it is reached; nil when not said.
  package let url: String?
  /// Where its name stands.
  package let location: SourceLocation

  /// Makes a value.
  package init(name: String, isExternal: Bool, url: String?, location: SourceLocation) {
    self.name = name
    self.isExternal = isExternal
    self.url = url
    self.location = location
  }
}
