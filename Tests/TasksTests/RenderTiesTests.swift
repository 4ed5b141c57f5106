// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that what a service is follows from what those are in whose containers it lives, and what a
// release keeps of its bonds.

import Cache
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct RenderTiesTests {
  private static func compose(_ value: String, _ network: String = "service:vpn") -> String {
    """
    services:
      vpn: {image: a, environment: {V: "\(value)"}, networks: [edge]}
      app: {image: a, network_mode: "\(network)"}
      side: {image: a, pid: "service:app"}
      web: {image: a, depends_on: {vpn: {condition: service_started, restart: true}}}
      free: {image: a, restart: always}
    networks: {edge: {external: true, name: outer}}
    """
  }

  private func rendered(_ text: String) async throws -> DesiredHost {
    try await RenderFixture.with(["compose.yaml": text]) { try await $0.render() }
  }

  @Test func `a change of a service is one of all that live in it, and of no others`() async throws
  {
    let one = try await rendered(Self.compose("1"))
    let two = try await rendered(Self.compose("2"))
    let changed = one.specs.keys.filter { one.specs[$0] != two.specs[$0] }.sorted()
    #expect(changed == ["app", "side", "vpn"])
    let parts = try #require(two.parts["app"]).differences(from: one.parts["app"])
    #expect(
      parts.map(DifferenceFormat.text) == ["shares the network of `vpn`, which is replaced"])
    var manifest = Manifest()
    manifest.add(contentsOf: two.parts["app"]?.entries ?? [])
    #expect(ServiceParts(in: manifest) == two.parts["app"])
  }

  @Test func `a release keeps ties, restarts, ends and what is not its own`() async throws {
    let desired = try await rendered(Self.compose("1"))
    #expect(desired.service("app")?.ties == [ServiceTie(.network, of: "vpn")])
    #expect(desired.service("web")?.restartsWith == ["vpn"])
    #expect(desired.service("vpn")?.externals == ["network outer"])
    #expect(desired.service("web")?.end == .likely)
    let free = try #require(desired.service("free"))
    #expect(free.ties == nil && free.restartsWith == nil && free.externals == nil)
    #expect(free.end == nil)
  }
}
