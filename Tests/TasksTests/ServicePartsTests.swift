// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a service is, part by part: through a manifest and through JSON, and what differs.

import Cache
import Foundation
import TaskGraph
import Tasks
import Testing

@Suite struct ServicePartsTests {
  private let parts = ServiceParts([
    .init(.image): "shop/api@sha256:" + Digest.of("one").hex, .init(.variable, "LEVEL"): "aa",
    .init(.variable, "GONE"): "bb", .init(.port, "8080:80/tcp"): "published",
    .init(.file, "/etc/my app.conf"): "cc", .init(.setting, "command"): "dd",
  ])

  @Test func `parts come back from json`() throws {
    let data = try JSONEncoder().encode(parts)
    #expect(try JSONDecoder().decode(ServiceParts.self, from: data) == parts)
  }

  @Test func `parts come back from a manifest`() throws {
    var manifest = Manifest()
    manifest.add(contentsOf: parts.entries)
    #expect(ServiceParts(in: manifest) == parts)
    #expect(ServiceParts(in: Manifest()) == nil)
  }

  @Test func `differences come images first, with both sides`() {
    let new = ServiceParts([
      .init(.image): "shop/api@sha256:" + Digest.of("two").hex, .init(.variable, "LEVEL"): "ab",
      .init(.variable, "NEW"): "ee", .init(.port, "8080:80/tcp"): "published",
      .init(.file, "/etc/my app.conf"): "cc", .init(.setting, "command"): "dd",
    ])
    #expect(
      new.differences(from: parts).map(DifferenceFormat.text) == [
        "image  shop/api@\(Digest.of("one").short) → shop/api@\(Digest.of("two").short)",
        "variable GONE  goes: bb", "variable LEVEL  aa → ab", "variable NEW  new: ee",
      ])
    #expect(parts.differences(from: parts).isEmpty)
  }

  @Test func `of what is all new a person is told the names`() {
    #expect(
      DifferenceFormat.lines(parts.differences(from: nil)) == [
        "image  new: shop/api@\(Digest.of("one").short)", "ports  new: 8080:80/tcp",
        "variables  new: GONE, LEVEL", "files  new: /etc/my app.conf", "settings  new: command",
      ])
  }
}
