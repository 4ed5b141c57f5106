// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `--push` to a real registry on loopback, through a proxy that counts what is asked of it.

import Foundation
import Testing

@Suite(.serialized)
struct PushTests {
  /// `host:port` of the registry: the one that the test script started, or one of our own.
  private static func registry(_ project: Sandbox) throws -> String {
    let given = ProcessInfo.processInfo.environment["STAGECRAFT_TEST_REGISTRY"] ?? ""
    if !given.isEmpty { return given }
    // What the script starts outlives this test: its state goes where the user's own would.
    let home = ["HOME": ProcessInfo.processInfo.environment["HOME"] ?? "/root", "TMPDIR": "/tmp"]
    let ended = try project.run(
      [Sandbox.repository + "/scripts/test-stack", "registry", "up"], adding: home
    ).ends(0)
    return ended.out.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A project that pushes through a proxy before the registry.
  private static func project(_ services: [String]) throws -> (Sandbox, RecordingProxy, String) {
    let project = try Sandbox.tiny(services)
    let address = try registry(project)
    let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
    let proxy = try RecordingProxy(at: .port(0), to: .port(port))
    let registry = "127.0.0.1:\(proxy.port)/e2e"
    try project.edit("stagecraft.yml") {
      $0.replacing(
        "  name: $NAME".replacing("$NAME", with: project.name),
        with: "  name: \(project.name)\n  registry: \(registry)")
    }
    return (project, proxy, address)
  }

  /// The digest that the registry itself names for a tag; nil where it has none.
  private static func digest(
    _ project: Sandbox, _ address: String, _ repository: String, _ tag: String
  ) throws -> String? {
    let types = [
      "application/vnd.docker.distribution.manifest.v2+json",
      "application/vnd.oci.image.manifest.v1+json",
    ]
    let ended = try project.run(
      ["curl", "--silent", "--fail", "--head"] + types.flatMap { ["--header", "Accept: \($0)"] }
        + ["http://\(address)/v2/\(repository)/manifests/\(tag)"])
    for line in ended.out.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.first?.lowercased() == "docker-content-digest:", words.count == 2 {
        return String(words[1])
      }
    }
    return nil
  }

  @Test func `images are pushed once, and again when the registry lost them`() throws {
    let (project, proxy, address) = try Self.project(["app", "other"])
    let first = try project.report("build", "--push", "--version", "1")
    first.ended.ends(0)
    #expect(first.executed.filter { $0.hasSuffix("/push") }.count == 2, "\(first.ended)")
    #expect(!first.ended.err.contains("ERROR"), "\(first.ended)")
    let repository = "e2e/\(project.name)-app"
    let digest = try #require(try Self.digest(project, address, repository, "1"))
    #expect(first.ended.err.contains(digest), "\(first.ended)")
    let known = try project.inspect(
      "127.0.0.1:\(proxy.port)/\(repository):1", "{{json .RepoDigests}}")
    #expect(known?.contains("\(repository)@\(digest)") == true)

    _ = proxy.takeRequests()
    let again = try project.report("build", "--push", "--version", "1")
    #expect(again.executed == [], "\(again.ended)")
    let asked = proxy.takeRequests()
    for service in ["app", "other"] {
      let about = asked.filter { $0.contains("\(project.name)-\(service)/manifests/1") }
      #expect(about.count == 1, "\(asked)")
    }
    #expect(!asked.contains { $0.hasPrefix("PUT") || $0.hasPrefix("POST") }, "\(asked)")

    try project.run(
      [
        "curl", "--silent", "--fail", "--request", "DELETE",
        "http://\(address)/v2/\(repository)/manifests/\(digest)",
      ]
    ).ends(0)
    let lost = try project.report("build", "--push", "--version", "1")
    #expect(lost.executed == ["image/app/push"], "\(lost.ended)")
    #expect(try Self.digest(project, address, repository, "1") == digest)

    // An edit pushes what it changes.
    try project.write("other/text.txt", "edited\n")
    let edited = try project.report("build", "--push", "--version", "1")
    #expect(
      edited.executed == ["image/other/build", "image/other/context", "image/other/push"],
      "\(edited.ended)")
  }

  @Test func `a build without push asks no registry`() throws {
    let (project, proxy, _) = try Self.project(["app"])
    try project.stagecraft("build").ends(0)
    #expect(proxy.takeRequests() == [])
    try project.stagecraft("plan", "build").ends(0)
    #expect(proxy.takeRequests() == [])
  }

  @Test func `a registry that is away fails the push and not the build`() throws {
    let (project, proxy, _) = try Self.project(["app"])
    proxy.stop()
    let report = try project.report("build", "--push", "--version", "1", "--keep-going")
    report.ended.ends(2)
    #expect(report["image/app/build"]?.status == "executed", "\(report.ended)")
    #expect(report["image/app/push"]?.status == "failed")
    #expect(try project.inspect("\(project.name)-app") != nil)
  }

  @Test func `without a registry push says what to set`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    try project.stagecraft("build", "--push").ends(1)
      .says("`app`, `other`", "project.registry")
    #expect(try project.inspect("\(project.name)-app") == nil)
  }
}
