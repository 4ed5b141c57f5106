// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The file `host.json` in a release on a host: all that a later rollback needs beside the Compose file
// and the environment that lie next to it.

/// What a release is on one host, as the host keeps it.
package struct HostManifest: JSONStorable, Hashable {
  /// ``DesiredHost/digest``.
  package let digest: String
  /// In the order in which they start.
  package let services: [ReleasedService]
  /// The value of the label `dev.stagecraft.spec`, by service.
  package let specs: [String: String]
  /// What each service is, part by part; nil in releases of before this was kept.
  package let parts: [String: ServiceParts]?
  /// ``DesiredHost/partsKey``.
  package let partsKey: String?

  /// Makes a manifest.
  package init(
    digest: String, services: [ReleasedService], specs: [String: String],
    parts: [String: ServiceParts]? = nil, partsKey: String? = nil
  ) {
    self.parts = parts
    self.partsKey = partsKey
    self.digest = digest
    self.services = services
    self.specs = specs
  }
}
