// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Networks and volumes that a host must have before a service starts there, since Compose does not make
// them: found before anything is stopped. Decides from facts; asks nobody.

import TaskGraph

/// A network or volume that a host lacks.
struct HostLack {
  /// What is missing, as `network NAME`.
  let resource: String
  /// The service that needs it.
  let service: String
  private let host: String

  /// The first that is missing; nil where all are there, or where the host did not say.
  init?(_ desired: DesiredHost, _ facts: HostFacts, leaving: Set<String>) {
    guard let there = facts.resources else { return nil }
    for service in desired.services where !leaving.contains(service.name) {
      for needed in service.externals ?? [] where !there.contains(needed) {
        resource = needed
        self.service = service.name
        host = facts.host
        return
      }
    }
    return nil
  }

  /// The error.
  var error: TaskError {
    let parts = resource.split(separator: " ", maxSplits: 1).map(String.init)
    let noun = parts.first ?? ""
    let name = parts.count > 1 ? parts[1] : ""
    return TaskError(
      .unavailable(host),
      "service `\(service)` needs the external \(noun) `\(name)`, which `\(host)` does not have",
      hint: "run on `\(host)`: docker \(noun) create \(Command.quoted(name))")
  }
}
