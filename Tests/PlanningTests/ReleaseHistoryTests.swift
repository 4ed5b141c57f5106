// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Records, their file, and merging with what hosts hold.
// Proves spec/core/releases.md.

import Cache
import Foundation
import Planning
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing

/// The release history.
@Suite struct ReleaseHistoryTests {
  private static let noon = ReleaseSamples.noon

  /// A history in a folder of its own, removed at the end of `body`.
  private func withHistory<Value>(_ body: (ReleaseHistory) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "releases-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(
      ReleaseHistory(layout: StateLayout(projectRoot: FilePath(folder.path)), variables: [:]))
  }

  // MARK: time

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59.000000001Z", 951_868_799_000_000_001),
      ("2026-11-23T04:05:06.123456789+02:00", 1_795_399_506_123_456_789),
      ("2026-12-31T23:30:00-00:30", 1_798_761_600_000_000_000),
    ] as [(String, Int64)])
  func `rfc 3339 is read to the nanosecond`(text: String, nanoseconds: Int64) {
    let time = ReleaseTime(text)
    #expect(time?.nanoseconds == nanoseconds)
    #expect(time.flatMap { ReleaseTime($0.text) } == time)
  }

  @Test(
    arguments: [
      "", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T00:00:00",
      "2026-11-23T00:00:00.Z", "2026-11-23T00:00:00Zx", "26-11-23T00:00:00Z",
    ])
  func `other texts are no time`(text: String) { #expect(ReleaseTime(text) == nil) }

  @Test func `times are written in utc`() {
    #expect(Self.noon.text == "2026-11-23T12:00:00.5Z")
    #expect(Self.noon.shown == "2026-11-23 12:00:00")
    #expect(Self.noon.compact == "20261123-120000500")
    #expect(ReleaseTime("2026-11-24T01:00:00+13:00")?.text == "2026-11-23T12:00:00Z")
  }

  @Test func `the id of a release is its moment to the millisecond`() {
    #expect(Self.noon.releaseID == "rel-20261123-120000500")
    #expect(ReleaseTime(releaseID: "rel-20261123-120000500") == Self.noon)
    for text in [
      "", "rel-", "rel-20261123-12000050", "rel-20261323-120000500", "rel-20260231-120000500",
      "rel-20261123-1200005000", "rel-2026-1123120000500", "rel-20261123-120000500/..",
      "rel-99999999-999999999",
    ] { #expect(ReleaseTime(releaseID: text) == nil, "\(text)") }
  }

  // MARK: the file

  @Test func `two releases in one millisecond get two ids, and know what came before`() throws {
    try withHistory { history in
      var first = try history.begin(
        environment: "prod", version: "v1", commitSHA: "abc", owner: "me@here", hosts: ["h1"],
        at: Self.noon)
      let second = try history.begin(
        environment: "prod", version: "v1", commitSHA: "", owner: "you@there", hosts: [],
        at: Self.noon)
      #expect([first.id, second.id] == ["rel-20261123-120000500", "rel-20261123-120000501"])
      #expect(second.previousID == nil)
      for phase in DeployPhase.allCases { first.phases[phase] = .completed }
      try history.put(first, at: Self.noon.nextMillisecond)
      let third = try history.begin(
        environment: "prod", version: "v2", commitSHA: "", owner: "me@here", hosts: [],
        at: Self.noon)
      #expect(third.id == "rel-20261123-120000502")
      #expect(third.previousID == first.id)
      #expect(try history.records().map(\.id) == [first.id, second.id, third.id])
    }
  }

  @Test func `the file has the members of a release in their order`() throws {
    try withHistory { history in
      var record = try history.begin(
        environment: "prod", version: "v1", commitSHA: "abc", kind: .rollback,
        rolledBackTo: "rel-0", owner: "me@here (stagecraft rollback)", hosts: ["h2", "h1"],
        at: Self.noon)
      record.images = ["web": "r/web@sha256:1"]
      record.reasons = [.build: "nothing is built by a rollback"]
      try history.put(record, at: Self.noon)
      let bytes = try #require(try FileSystem.read(history.path))
      #expect(
        String(decoding: bytes, as: UTF8.self) == """
          {
            "releases": [
              {
                "id": "rel-20261123-120000500",
                "environment": "prod",
                "version": "v1",
                "commit_sha": "abc",
                "timestamp": "2026-11-23T12:00:00.5Z",
                "phases": {
                  "build": "pending",
                  "push": "pending",
                  "migrate_pre": "pending",
                  "rollout": "pending",
                  "migrate_post": "pending",
                  "finalize": "pending"
                },
                "kind": "rollback",
                "rolled_back_to": "rel-0",
                "owner": "me@here (stagecraft rollback)",
                "hosts": {
                  "h1": "pending",
                  "h2": "pending"
                },
                "images": {
                  "web": "r/web@sha256:1"
                },
                "reasons": {
                  "build": "nothing is built by a rollback"
                },
                "updated": "2026-11-23T12:00:00.5Z"
              }
            ]
          }

          """)
      #expect(try history.records() == [record])
      #expect(ReleaseRecord(json: record.json) == record)
    }
  }

  @Test func `records of other origin are read, and a damaged file is never overwritten`() throws {
    try withHistory { history in
      try FileSystem.createDirectory(history.path.removingLastComponent())
      let old = """
        {"releases": [{"id": "rel-20250102-030405", "environment": "prod", "version": "v0",
          "commit_sha": "", "timestamp": "2025-01-02T03:04:05.123456789+01:00",
          "phases": {"build": "completed", "rollout": "running"}}]}
        """
      try FileSystem.replace(history.path, with: Array(old.utf8))
      let record = try #require(try history.records().first)
      #expect(record.time.text == "2025-01-02T02:04:05.123456789Z")
      #expect(record.kind == .deploy && record.owner == "" && record.hosts.isEmpty)
      #expect(record.status(of: .push) == .pending)
      for damaged in ["", "[]", "{\"releases\": [{\"id\": 1}]}", String(old.dropLast())] {
        try FileSystem.replace(history.path, with: Array(damaged.utf8))
        #expect(throws: ReleaseFault.unreadableHistory(history.path.string).error) {
          try history.put(record, at: Self.noon)
        }
        #expect(try FileSystem.read(history.path) == Array(damaged.utf8))
      }
    }
  }

  @Test func `writers at the same time lose no release`() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "releases-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let layout = StateLayout(projectRoot: FilePath(folder.path))
    let ids = try await withThrowingTaskGroup(of: [String].self) { group in
      for writer in 0..<8 {
        group.addTask {
          // Locks of two descriptors exclude each other as those of two processes do.
          let history = ReleaseHistory(layout: layout, variables: [:])
          return try (0..<5).map { _ in
            var record = try history.begin(
              environment: "e\(writer)", version: "v", commitSHA: "", owner: "o", hosts: [],
              at: Self.noon)
            record.phases[.build] = .completed
            try history.put(record, at: Self.noon)
            return record.id
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let records = try ReleaseHistory(layout: layout, variables: [:]).records()
    #expect(ids.count == 40 && Set(ids).count == 40)
    #expect(Set(records.map(\.id)) == Set(ids))
    #expect(records.allSatisfy { $0.status(of: .build) == .completed })
  }

  @Test func `the file can be named by a variable`() {
    let layout = StateLayout(projectRoot: "/p")
    func path(_ name: String?) -> String {
      ReleaseHistory(
        layout: layout, variables: name.map { ["STAGECRAFT_STATE_FILE": $0] } ?? [:]
      ).path.string
    }
    #expect(path(nil) == "/p/.stagecraft/releases.json")
    #expect(path("") == "/p/.stagecraft/releases.json")
    #expect(path("s/r.json") == "/p/s/r.json")
    #expect(path("/s/r.json") == "/s/r.json")
  }

  // MARK: merging

  @Test func `a finished copy beats one that is under way, and the later of two counts`() {
    var running = ReleaseSamples.release("rel-1", hosts: ["h1"])
    running.phases[.finalize] = .running
    running.updated = "2026-11-23T09:00:00Z"
    var finished = ReleaseSamples.release("rel-1", hosts: ["h2"])
    finished.hosts["h2"] = .completed
    finished.images = ["web": "x"]
    #expect(running.merged(with: finished).isFinal)
    #expect(finished.merged(with: running).isFinal)
    #expect(finished.merged(with: running).hosts == ["h1": .pending, "h2": .completed])
    #expect(running.merged(with: finished).images == ["web": "x"])
    var later = running
    later.updated = "2026-11-23T10:00:00+00:30"
    later.version = "v2"
    #expect(running.merged(with: later).version == "v2")
    #expect(later.merged(with: running).version == "v2")
  }

  @Test func `hosts bring releases that are not known here, and speak of themselves alone`() throws
  {
    try withHistory { history in
      let ids = (0...4).map { "rel-20261123-0\($0)0000000" }
      func held(
        _ number: Int, as folder: Int? = nil, of environment: String = "prod"
      ) -> HeldRelease {
        var record = ReleaseSamples.release(
          ids[number], environment, hour: number, hosts: ["h1", "h2"])
        record.folders = ["h1": "mine", "h2": "theirs"]
        record.applied = ["h1": ["web": "mine"], "h2": ["web": "theirs"]]
        return HeldRelease(id: ids[folder ?? number], digest: "", record: record.json)
      }
      try history.put(ReleaseSamples.release(ids[2], hour: 2), at: Self.noon)
      var facts = HostFacts(host: "h1")
      facts.releases = [
        held(3), held(1), HeldRelease(id: "rel-9", digest: "", record: "{"),
        // Under another name, and of another environment.
        held(1, as: 4), held(0, of: "staging"),
      ]
      #expect(
        try history.merge([facts, facts], environment: "prod") == [ids[0], ids[4], "rel-9"])
      let records = try history.records()
      #expect(records.map(\.id) == [ids[2], ids[1], ids[3]])
      #expect(records[1].hosts.keys.sorted() == ["h1"])
      #expect(records[1].folders == ["h1": "mine"])
      #expect(records[1].applied == ["h1": ["web": "mine"]])
      // Of a release that is finished here, a host cannot say anything else.
      var forged = ReleaseSamples.release(ids[2], version: "v9", hour: 2, hosts: ["h1"])
      forged.updated = "2027-01-01T00:00:00Z"
      facts.releases = [HeldRelease(id: ids[2], digest: "", record: forged.json)]
      try history.merge([facts], environment: "prod")
      #expect(try history.records()[0].version == "v1")
    }
  }

  // MARK: status

  @Test func `the status of a release follows from its phases`() {
    var record = ReleaseRecord(id: "r", environment: "e", version: "v", time: Self.noon)
    #expect(record.status == .pending)
    record.phases[.build] = .running
    #expect(record.status == .running)
    #expect(record.statusWord(isHeld: nil) == "running")
    #expect(record.statusWord(isHeld: true) == "running")
    #expect(record.statusWord(isHeld: false) == "interrupted")
    for phase in DeployPhase.allCases { record.phases[phase] = .completed }
    record.phases[.migratePre] = .skipped
    #expect(record.status == .completed && record.isFullyDeployed)
    #expect(record.statusWord(isHeld: false) == "completed")
    record.phases[.rollout] = .failed
    #expect(record.status == .failed)
    #expect(record.openPhases == ["migrate_pre: skipped", "rollout: failed"])
  }

  @Test func `a release reached hosts when its rollout began and was not taken back`() {
    var record = ReleaseSamples.release("r", rollout: .failed, hosts: ["h1", "h2"])
    record.hosts = ["h1": .failed, "h2": .pending]
    #expect(record.reachedHosts)
    record.hosts = ["h1": .skipped, "h2": .pending]
    #expect(!record.reachedHosts)
    #expect(!ReleaseSamples.release("r", rollout: .skipped).reachedHosts)
    #expect(ReleaseSamples.release("r").reachedHosts)
  }
}
