// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads `hosts` sections and the addresses of hosts. Knows what a destination may look like; asks no
// host.

import YAML

/// Reads which hosts there are.
enum HostsReader {
  /// A `hosts` section; `name` is the way to it.
  static func roles(
    _ entry: Mapping.Entry, section name: String, into reading: inout Reading
  ) -> HostRoles? {
    guard let mapping = reading.mapping(entry.value) else { return nil }
    if mapping.isEmpty { reading.report(.emptyValue("`\(name)`"), at: entry.value) }
    let roles: [HostRoles.Role] = mapping.entries.compactMap { role in
      let named = reading.checkName(of: role)
      guard case .sequence(let elements) = role.value.value else {
        reading.report(
          .wrongType(expected: "a list of texts", found: role.value.words), at: role.value)
        return nil
      }
      if elements.isEmpty { reading.report(.emptyValue("`\(name).\(role.key)`"), at: role.value) }
      var hosts: [Reference] = []
      for element in elements {
        guard let host = reading.host(element) else { continue }
        if hosts.contains(where: { $0.name == host.name }) {
          reading.report(.repeatedName(host.name), at: host)
        } else {
          hosts.append(host)
        }
      }
      return named
        ? HostRoles.Role(
          name: role.key, hosts: hosts, location: reading.location(role.keyMark)) : nil
    }
    return HostRoles(roles: roles, location: reading.location(entry.keyMark))
  }

  /// The addresses of the `static` provider in a `network` section; `hosts` are all that there are.
  static func addresses(
    _ entry: Mapping.Entry, hosts: [String], into reading: inout Reading
  ) -> [String: String] {
    let before = reading.diagnostics.count
    reading.check(entry, ProjectSchema.network, section: "network")
    guard reading.diagnostics.count == before, let provider = entry.value["provider"]?.string
    else { return [:] }
    guard provider == "static" else {
      reading.report(
        .noEffectYet(section: "network.providers.\(provider)", arrivesWith: "infra up"),
        atKeyOf: entry)
      return [:]
    }
    guard let node = entry.value["providers"]?["static"]?["addresses"],
      let mapping = reading.mapping(node)
    else { return [:] }
    var addresses: [String: String] = [:]
    for host in mapping.entries {
      if !hosts.contains(host.key) {
        reading.report(
          .unknownHost(host.key, nearest: reading.nearest(to: host.key, among: hosts)),
          atKeyOf: host)
      }
      guard let text = reading.text(host.value, what: "the address") else { continue }
      if IPAddress.isValid(text) {
        addresses[host.key] = text
      } else {
        reading.report(.badAddress(text), at: host.value)
      }
    }
    return addresses
  }
}
