// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The `backend:` section: which provider builds which service's image, and with what. Does not
// know how a provider builds.

package import YAML

/// The `backend:` section.
package struct BackendSettings: Sendable {
  /// What the chosen provider needs to build an image.
  package enum Build: Sendable, Hashable {
    /// `docker build` with a Dockerfile and a context, both from the project root.
    case generic(dockerfile: String, context: String)
    /// `encore build docker`; the working directory is from the project root.
    case encoreTS(workdir: String, imageName: String, tagSuffix: String)
  }

  /// The id written under `provider`.
  package let provider: String
  /// The service whose image it builds.
  package let service: String
  /// How it builds.
  package let build: Build
  /// The chosen provider's whole section as written, checked against the schema.
  package let section: Node
  /// Where the section's name stands.
  package let location: SourceLocation

  /// Makes settings from their parts.
  package init(
    provider: String, service: String, build: Build, section: Node, location: SourceLocation
  ) {
    self.provider = provider
    self.service = service
    self.build = build
    self.section = section
    self.location = location
  }
}
