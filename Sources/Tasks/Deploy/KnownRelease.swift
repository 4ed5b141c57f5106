// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What this machine remembers of a release on a host, so that going back to it can be planned without
// asking the host: names and keyed digests, nothing secret.

import Cache

/// What a release is on one host, as far as it may lie on this machine's disk.
package struct KnownRelease: JSONStorable, Hashable {
  /// In the order in which they start.
  package let services: [ReleasedService]
  /// ``DesiredHost/fingerprint`` in hexadecimal.
  package let fingerprint: String
  /// ``DesiredHost/fingerprints`` in hexadecimal.
  package let fingerprints: [String: String]
  /// ``DesiredHost/parts``; nil in what was kept before there were any.
  package let parts: [String: ServiceParts]?
  /// ``DesiredHost/partsKey``.
  package let partsKey: String?

  /// What may be kept of `desired`.
  package init(_ desired: DesiredHost) {
    services = desired.services
    fingerprint = desired.fingerprint.hex
    fingerprints = desired.fingerprints.mapValues(\.hex)
    parts = desired.parts
    partsKey = desired.partsKey
  }

  /// What the host is to run, without what only the host knows.
  package var desired: DesiredHost {
    DesiredHost(
      services: services, fingerprint: Digest(hex: fingerprint) ?? .zero,
      fingerprints: fingerprints.compactMapValues { Digest(hex: $0) }, parts: parts ?? [:],
      partsKey: partsKey ?? "")
  }
}
