// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads `services` sections, at the top of the file and in environments. Knows the keys of a service;
// does not know the Compose file.

import Tasks
import YAML

/// Reads what is said of services.
struct ServiceReader {
  /// The way to the section.
  let section: String
  /// The roles that a service may name.
  let roles: [String]
  /// Whether a service may name tasks; environments change nothing in the graph of tasks.
  let allowsNeeds: Bool

  /// All services of the section, in file order.
  func read(_ node: Node, into reading: inout Reading) -> [ServiceSettings] {
    guard let mapping = reading.mapping(node) else { return [] }
    return mapping.entries.compactMap { entry in
      let named = reading.checkName(of: entry)
      let settings = service(entry, into: &reading)
      return named ? settings : nil
    }
  }

  private func service(
    _ entry: Mapping.Entry, into reading: inout Reading
  ) -> ServiceSettings? {
    let fields = ProjectSchema.service + (allowsNeeds ? [ProjectSchema.serviceNeeds] : [])
    reading.check(entry, .record(fields), section: "\(section).\(entry.key)")
    guard let mapping = entry.value.mapping else { return nil }
    var settings = ServiceSettings(
      name: entry.key,
      needs: allowsNeeds
        ? mapping["needs"].map { TaskReader.needs($0, into: &reading) } ?? [] : [],
      location: reading.location(entry.keyMark))
    if let node = mapping["role"], let name = node.string, !name.isEmpty {
      settings.role = reading.reference(name, at: node)
      if !roles.contains(name) {
        reading.report(
          .unknownRole(name, nearest: reading.nearest(to: name, among: roles)), at: node)
      }
    }
    settings.strategy = (mapping["strategy"]?.string)
      .flatMap(ReleasedService.Strategy.init(rawValue:))
    settings.replicas = mapping["replicas"]?.int
    settings.drain = mapping["drain"].flatMap(Self.duration)
    settings.preStop = mapping["pre_stop"].flatMap(Self.command)
    settings.healthTimeout = mapping["health_timeout"].flatMap(Self.duration)
    return settings
  }

  /// A length of time that the schema has already accepted.
  static func duration(_ node: Node) -> Duration? {
    node.string == "0s" ? .zero : node.string.flatMap(Quantity.duration)
  }

  /// A command that the schema has already accepted, as a program and its arguments.
  private static func command(_ node: Node) -> [String] {
    node.sequence?.compactMap(\.string) ?? ["/bin/sh", "-c", node.string ?? ""]
  }
}
