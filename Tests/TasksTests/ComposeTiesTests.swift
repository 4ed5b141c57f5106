// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what is read of services that live in the containers of others, of addresses that one
// container can have, and of what is restarted with what.

import Cache
import TaskGraph
import Testing

@testable import Tasks

struct ComposeTiesTests {
  private func read(_ text: String) throws -> ComposeModel {
    try ComposeModelReader(root: "/home/me/app").read(text)
  }

  @Test func `every way to live in another container is a tie`() throws {
    let model = try read(
      """
      services:
        vpn:
          image: a
          container_name: tunnel
          volumes:
            - {type: volume, source: data, target: /d}
            - {type: bind, source: /home/me/app/store, target: /s}
        app: {image: a, network_mode: "service:vpn", pid: "service:vpn", ipc: "service:vpn"}
        named: {image: a, network_mode: "container:tunnel"}
        reader: {image: a, volumes_from: ["vpn:ro"]}
        writer: {image: a, volumes_from: ["container:tunnel:rw"]}
        third: {image: a, volumes_from: [writer]}
        stranger: {image: a, network_mode: "container:elsewhere", pid: host}
      """)
    func ties(_ name: String) -> [ServiceTie] { model.service(name)?.ties ?? [] }
    #expect(
      ties("app") == [
        ServiceTie(.network, of: "vpn"), ServiceTie(.pid, of: "vpn"), ServiceTie(.ipc, of: "vpn"),
      ])
    #expect(ties("named") == [ServiceTie(.network, of: "vpn")])
    #expect(ties("reader") == [ServiceTie(.volumes, of: "vpn")])
    #expect(ties("writer") == [ServiceTie(.volumes, of: "vpn")])
    #expect(ties("third") == [ServiceTie(.volumes, of: "writer")])
    #expect(ties("stranger") == [])
    // Compose does not wait for a container that is named.
    #expect(model.service("named")?.dependencies.map(\.service) == ["vpn"])
    // Who writes to borrowed volumes is one of their writers, through a third as well.
    for name in ["vpn", "writer", "third"] {
      #expect(model.service(name)?.writtenVolumes == ["data"])
      #expect(model.service(name)?.writtenInProject == ["store"])
    }
    #expect(model.service("reader")?.writtenVolumes == [])
    let stored = try ComposeModel(storedBytes: model.storedBytes)
    #expect(stored == model)
  }

  @Test func `addresses that are written down are fixed`() throws {
    let model = try read(
      """
      services:
        four: {image: a, networks: {lan: {ipv4_address: 10.1.0.2}}}
        six: {image: a, networks: {lan: {ipv6_address: "fd00::2"}}}
        link: {image: a, networks: {lan: {link_local_ips: [169.254.1.1]}}}
        card: {image: a, mac_address: "02:42:ac:11:00:04"}
        net: {image: a, networks: {lan: {mac_address: "02:42:ac:11:00:03"}}}
        free: {image: a, networks: {lan: {aliases: [x]}}}
      """)
    let fixed = Dictionary(
      uniqueKeysWithValues: model.services.map { ($0.name, $0.fixedAddresses) })
    #expect(
      fixed == [
        "four": ["address `10.1.0.2`"], "six": ["address `fd00::2`"],
        "link": ["address `169.254.1.1`"], "card": ["MAC address `02:42:ac:11:00:04`"],
        "net": ["MAC address `02:42:ac:11:00:03`"], "free": [],
      ])
  }

  @Test func `a service is restarted with what it is not replaced with`() throws {
    let model = try read(
      """
      services:
        db: {image: a, devices: ["/dev/ttyUSB0:/dev/ttyUSB0", "/dev/dri:/dev/dri"]}
        web: {image: a, depends_on: {db: {condition: service_healthy, restart: true}}}
        old: {image: a, depends_on: {db: {condition: service_started}}}
        app:
          image: a
          network_mode: "service:db"
          depends_on: {db: {condition: service_started, restart: true}}
      """)
    #expect(model.service("web")?.restartsWith == ["db"])
    #expect(model.service("old")?.restartsWith == [])
    #expect(model.service("app")?.restartsWith == [])
    #expect(model.service("db")?.exclusiveDevices == ["/dev/ttyUSB0"])
  }

  @Test(
    arguments: [
      ("", ReleasedService.End.likely), ("restart: \"no\"", .written),
      ("restart: on-failure:3", .likely), ("restart: always", nil),
      ("restart: unless-stopped", nil), ("healthcheck: {test: [CMD, \"true\"]}", nil),
      ("ports: [{target: 80, published: \"80\"}]", nil),
    ] as [(String, ReleasedService.End?)])
  func `who may end is whom nothing starts again and nobody reaches`(
    _ line: String, _ end: ReleasedService.End?
  ) throws {
    let text = "services:\n  seed:\n    image: a\n" + (line.isEmpty ? "" : "    \(line)\n")
    let model = try read(text)
    let seed = try #require(model.service("seed"))
    #expect(StrategyChoice.end(of: seed, in: model) == end)
    let needed = try read(
      text + "  web: {image: a, depends_on: {seed: {condition: service_started}}}\n")
    #expect(StrategyChoice.end(of: seed, in: needed) == nil)
  }
}
