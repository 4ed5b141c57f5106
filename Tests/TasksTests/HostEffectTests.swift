// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that archives for hosts are deterministic and read by `tar`, and that effects change nothing
// without the right to.

import Cache
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing

struct HostEffectTests {
  @Test func `an archive is the same each time, and tar reads it`() async throws {
    func archive() -> [UInt8] {
      var tar = TarArchive()
      let long = String(repeating: "d/", count: 60) + "name"
      let fits = [
        tar.addDirectory("release"), tar.addFile("release/env", Array("A='1'\n".utf8)),
        tar.addFile("release/empty", []),
        tar.addFile("compose", [UInt8](repeating: 0x41, count: 513), mode: 0o700),
        tar.addFile(long, Array("x".utf8), mode: 0o644),
        tar.addFile(String(repeating: "n", count: 101), []),
      ]
      #expect(fits == [true, true, true, true, true, false])
      return tar.bytes
    }
    let bytes = archive()
    #expect(bytes == archive())
    #expect(bytes.count % 512 == 0)
    try await TemporaryDirectory.with { tree in
      let ended = try await SubprocessRunner().run(
        Command(
          "tar", ["-xpof", "-"], directory: tree.root.string,
          environment: ["PATH": "/usr/bin:/bin"], input: bytes)
      ) { line, _ in Issue.record("tar says \(line)") }
      #expect(ended == .exited(0))
      #expect(try tree.text("release/env") == "A='1'\n")
      #expect(try tree.text("release/empty") == "")
      #expect(try tree.bytes("compose")?.count == 513)
      #expect(try tree.identity("compose").isExecutable)
      #expect(try tree.text(String(repeating: "d/", count: 60) + "name") == "x")
    }
  }

  /// Gives a value.
  private struct Given<Value: Storable>: ObserveTask {
    static var kind: String { "given" }
    static var revision: Int { 1 }

    let id: TaskID
    let value: Value
    var request: [UInt8] { [] }

    func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

    func run(in context: TaskContext) async throws(TaskError) -> Value { value }
  }

  @Test func `a mounted file that is gone is told before anything is sent`() async throws {
    let host = Host(name: "h1", reach: .ssh, directory: "/d", composeProject: "p")
    let desired = DesiredHost(
      services: [], compose: "services: {}\n",
      files: [ReleasedFile(path: "conf/a", remotePath: "files/0a/conf/a", mode: 0o644)],
      environment: [], specs: [:], digest: "digest", key: [])
    let runner = RecordingRunner()
    try await TaskFixture.with(commands: runner) { fixture in
      var graph = Graph()
      let seen = try graph.add(Given(id: TaskID("facts"), value: HostFacts(host: "h1")))
      let wanted = try graph.add(Given(id: TaskID("desired"), value: desired))
      try graph.add(
        HostUpload(
          id: TaskID("upload"),
          site: HostSite(host: host, desired: wanted, facts: seen, lease: nil)),
        after: [seen.id, wanted.id])
      let error = try #require(await fixture.run(graph).error(of: "upload"))
      #expect(error.code == .fileMissing("conf/a"))
      #expect(error.message == "`conf/a`, which a service mounts, is not there")
      #expect(error.hint == "create it, or take it out of the Compose file")
    }
    #expect(runner.commands == [])
  }

  @Test func `without a lease nothing is changed, and what holds needs none`() async throws {
    let host = Host(name: "h1", reach: .ssh, directory: "/d", composeProject: "p")
    var service = ReleasedService(name: "web", image: "web:1")
    service.replicas = 1
    let desired = DesiredHost(
      services: [service], compose: "services: {}\n", files: [], environment: [],
      specs: ["web": "new"], digest: "digest", key: [])
    func outcomes(_ facts: HostFacts) async throws -> [String: Outcome] {
      let runner = RecordingRunner()
      return try await TaskFixture.with(commands: runner) { fixture in
        var graph = Graph()
        let seen = try graph.add(Given(id: TaskID("facts"), value: facts))
        let wanted = try graph.add(Given(id: TaskID("desired"), value: desired))
        let site = HostSite(host: host, desired: wanted, facts: seen, lease: nil)
        let needs = [seen.id, wanted.id]
        let upload = try graph.add(
          HostUpload(id: TaskID("upload"), site: site), after: needs)
        let pull = try graph.add(
          ImagePull(id: TaskID("pull"), site: site, service: "web"), after: needs)
        let start = try graph.add(
          ServiceStart(id: TaskID("start"), site: site, service: "web", upload: upload),
          after: needs + [upload.id, pull.id])
        try graph.add(
          HostReceiptTask(id: TaskID("receipt"), site: site, upload: upload, deployed: ["web"]),
          after: needs + [upload.id, start.id])
        let run = await fixture.run(graph)
        #expect(runner.commands == [])
        return run.outcomes
      }
    }
    let fresh = try await outcomes(HostFacts(host: "h1"))
    guard case .failed(let error)? = fresh["upload"] else {
      Issue.record("\(fresh)")
      return
    }
    #expect(error.code == .invariant)
    var facts = HostFacts(host: "h1")
    facts.applied = HostApplied(
      receipt: "r1\ndigest\nr1\n7\nme\n", services: "web r1 new r1 7 me\n")
    facts.releases = [HeldRelease(id: "r1", digest: "digest", record: "")]
    facts.images = ["web:1"]
    facts.containers = [
      RemoteContainer(
        id: "1", name: "p-web-1", service: "web", spec: "new", image: "sha256:1", state: "running",
        health: "none", exitCode: 0, restarts: 0, isOneOff: false)
    ]
    for outcome in try await outcomes(facts).filter({ !["facts", "desired"].contains($0.key) }) {
      guard case .reused = outcome.value else {
        Issue.record("\(outcome)")
        continue
      }
    }
  }
}
