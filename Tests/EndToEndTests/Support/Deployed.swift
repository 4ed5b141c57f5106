// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project that is deployed to hosts of the stack, and what is on those hosts of it. Takes it all off
// the hosts when it goes away.

import Foundation
import Testing

/// One project of one test, with hosts.
final class Deployed: Sendable {
  /// One container on a host.
  struct Container: Equatable, Sendable, CustomStringConvertible {
    let id: String
    let name: String
    let image: String
    /// What the engine says: `running`, `exited`, `paused`.
    let state: String

    var description: String { "\(name) \(id.prefix(6)) \(image) \(state)" }
  }

  /// The project's files and programs.
  let project: Sandbox
  /// The hosts that it may use.
  let hosts: [String]

  /// A project of one role, `all`, on these hosts, whose services run ready images: what stands
  /// behind each name is the rest of the service's Compose mapping, one line each.
  init(
    _ hosts: [String], services: [(name: String, lines: [String])] = [("web", [])],
    environment: String = "", settings: [String: String] = [:], more: String = ""
  ) throws {
    self.hosts = hosts
    project = try Sandbox()
    var compose = "services:\n"
    for (name, lines) in services {
      compose += "  \(name):\n"
      if !lines.contains(where: { $0.hasPrefix("image:") || $0.hasPrefix("build:") }) {
        compose += "    image: \(Stack.web(1))\n"
      }
      for line in lines { compose += "    \(line)\n" }
    }
    try project.write("docker-compose.yml", compose)
    var text = "project:\n  name: $NAME\n  registry: \(Stack.registry)/e2e\n"
    text += "environments:\n  prod:\n    driver: ssh\n" + environment
    text += "hosts:\n  all: [\(hosts.joined(separator: ", "))]\n"
    text += "network:\n  provider: static\n  providers:\n    static:\n      addresses:\n"
    for host in hosts { text += "        \(host): \(Stack.address(host))\n" }
    text += "services:\n"
    for (name, _) in services {
      text += "  \(name): { role: all\(settings[name].map { ", " + $0 } ?? "") }\n"
    }
    try project.write("stagecraft.yml", text + more)
  }

  /// A project that is there already.
  init(_ project: Sandbox, on hosts: [String]) {
    self.project = project
    self.hosts = hosts
  }

  deinit {
    let name = project.name
    for host in hosts {
      _ = try? Stack.run(
        host, "sh", "-c",
        """
        docker ps --all --quiet --filter name=\(name) | xargs -r docker rm --force
        docker network ls --quiet --filter name=\(name) | xargs -r docker network rm
        docker volume ls --quiet --filter name=\(name) | xargs -r docker volume rm
        rm -rf /var/lib/stagecraft/\(name)
        """)
    }
  }

  // MARK: The program

  /// Runs `deploy --env prod --yes` with these words behind it.
  @discardableResult
  func deploy(_ words: String..., adding: [String: String] = [:]) throws -> Ended {
    try project.run(
      [Sandbox.program, "deploy", "--env", "prod", "--yes"] + words, adding: adding)
  }

  /// The same, and what it says of the run as JSON.
  func report(_ words: String..., adding: [String: String] = [:]) throws -> Report {
    try Report(
      project.run(
        [Sandbox.program, "deploy", "--env", "prod", "--yes", "--format", "json"] + words,
        adding: adding))
  }

  // MARK: The hosts

  /// All containers of this project on a host, by name; stopped ones too.
  func containers(_ host: String) throws -> [Container] {
    let listed = try Stack.shell(
      host,
      "docker ps --all --no-trunc --filter name=\(project.name)"
        + " --format '{{.ID}} {{.Names}} {{.Image}} {{.State}}'")
    return listed.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4 else { return nil }
      return Container(id: words[0], name: words[1], image: words[2], state: words[3])
    }.sorted { $0.name < $1.name }
  }

  /// The containers of all its hosts.
  func everywhere() throws -> [String: [Container]] {
    var all: [String: [Container]] = [:]
    for host in hosts { all[host] = try containers(host) }
    return all
  }

  /// Expects one running container of each service on every host, and nothing else of the project.
  func expectSteady(
    _ services: [String] = ["web"], on wanted: [String]? = nil,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    for host in wanted ?? hosts {
      let found = try containers(host)
      #expect(found.count == services.count, "\(host): \(found)", sourceLocation: location)
      for service in services {
        let own = found.filter { $0.name.contains("-\(service)-") }
        #expect(
          own.map(\.state) == ["running"], "\(host) \(service): \(found)", sourceLocation: location)
      }
    }
  }

  /// The value of a variable in the one running container of a service.
  func variable(_ name: String, of service: String = "web", on host: String) throws -> String {
    let container = try #require(
      try containers(host).first { $0.name.contains("-\(service)-") && $0.state == "running" })
    return try Stack.shell(
      host, "docker exec \(container.id) /bin/busybox sh -c 'printf %s \"$\(name)\"'")
  }

  /// Replaces a text in the Compose file.
  func edit(_ old: String, _ new: String) throws {
    try project.edit("docker-compose.yml") { $0.replacing(old, with: new) }
  }
}
