// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The part of a deploy that flags choose: services, hosts, roles. Names only; whether they exist is
// checked where a target is made.

/// What `--services`, `--hosts` and `--roles` name; empty means all.
package struct DeploySelection: Sendable, Hashable {
  package var services: [String] = []
  package var hosts: [String] = []
  package var roles: [String] = []

  /// Everything.
  package init() {}

  /// What flags name.
  package init(services: [String], hosts: [String], roles: [String]) {
    self.services = services
    self.hosts = hosts
    self.roles = roles
  }

  /// What it is limited to, in a few words: `web only`, `all on h1`; empty for everything.
  package var scope: String {
    if isEverything { return "" }
    let what = services.isEmpty ? "all" : services.joined(separator: ", ")
    let places = hosts + roles.map { "role \($0)" }
    return places.isEmpty ? "\(what) only" : "\(what) on \(places.joined(separator: ", "))"
  }

  /// Whether services are chosen: then nobody asked for others to be taken away.
  package var choosesServices: Bool { !services.isEmpty || !roles.isEmpty }

  /// Whether nothing is left out.
  package var isEverything: Bool { services.isEmpty && hosts.isEmpty && roles.isEmpty }
}
