// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What hosts were after each release, and which one is the previous: what runs counts, not how often
// somebody deployed. Proves spec/core/releases.md.

import Planning
import Tasks
import Testing

/// Compositions of hosts.
@Suite struct ReleaseChainTests {
  /// What lies in the folders of every host: `web` and `db` by release.
  private static let folders: [String: [String: String]] = [
    "r1": ["web": "w1 1", "db": "d1 1"], "r2": ["web": "w2 1", "db": "d2 1"],
    "r3": ["web": "w2 1", "db": "d1 1"], "r4": ["web": "w4 1", "db": "d1 1"],
  ]

  private func chain(_ records: [ReleaseRecord]) -> ReleaseChain {
    ReleaseChain(records, environment: "prod") { _, folder in Self.folders[folder] }
  }

  private func record(
    _ id: String, after previous: String? = nil, _ applied: [String: [String: String]],
    rollout: ReleaseStatus = .completed
  ) -> ReleaseRecord {
    var record = ReleaseSamples.release(id, rollout: rollout, hosts: Array(applied.keys))
    record.previousID = previous
    record.applied = applied
    for host in applied.keys {
      record.hosts[host] = .completed
      record.folders[host] = id
    }
    return record
  }

  private func previous(
    _ records: [ReleaseRecord], newest: String, running: [String: [String: String]]
  ) throws -> String {
    try RollbackTarget(
      .previous, environment: "prod", records: records, chain: chain(records), newest: newest,
      running: running
    ).target.id
  }

  @Test func `a partial release leaves the others what they were`() throws {
    // r2 brought `web` alone: of the `db` in its files nothing ever ran.
    let records = [
      record("r1", ["h1": ["web": "r1", "db": "r1"]]),
      record("r2", after: "r1", ["h1": ["web": "r2", "db": "r1"]]),
      record("r4", after: "r2", ["h1": ["web": "r4", "db": "r1"]]),
    ]
    let chain = chain(records)
    #expect(
      chain.composition(of: "h1", after: records[1])?.folders == ["web": "r2", "db": "r1"])
    #expect(chain.running(on: "h1", after: records[1]) == ["web": "w2 1", "db": "d1 1"])
    #expect(
      try previous(records, newest: "r4", running: ["h1": ["web": "w4 1", "db": "d1 1"]]) == "r2")
  }

  @Test func `what is the same in a release's own folder comes from there`() {
    let records = [
      record("r1", ["h1": ["web": "r1", "db": "r1"]]),
      record("r4", after: "r1", ["h1": ["web": "r4", "db": "r1"]]),
    ]
    let found = chain(records).composition(of: "h1", after: records[1])
    #expect(found?.folders == ["web": "r4", "db": "r4"])
    #expect(found?.main == "r4")
  }

  @Test func `a repair is no step back`() throws {
    let records = [
      record("r1", ["h1": ["web": "r1", "db": "r1"]]),
      record("r2", after: "r1", ["h1": ["web": "r2", "db": "r2"]]),
      record("r5", after: "r2", ["h1": ["web": "r2", "db": "r2"]]),
    ]
    #expect(
      try previous(records, newest: "r5", running: ["h1": ["web": "w2 1", "db": "d2 1"]]) == "r1")
  }

  @Test func `a run that was killed half-way leads back to the release before it`() throws {
    let records = [
      record("r1", ["h1": ["web": "r1", "db": "r1"]]),
      record("r2", after: "r1", ["h1": ["web": "r2", "db": "r2"]]),
    ]
    // Nobody wrote down what became of r4.
    #expect(
      try previous(records, newest: "r4", running: ["h1": ["web": "w4 1", "db": "d2 1"]]) == "r2")
  }

  @Test func `the hosts' order counts, whatever clocks said`() throws {
    // r3 was named after a clock that went slow: by its id it is older than r2, which it came after.
    let records = [
      record("r1", ["h1": ["web": "r1", "db": "r1"]]),
      record("r4", after: "r1", ["h1": ["web": "r4", "db": "r4"]]),
      record("r2", after: "r4", ["h1": ["web": "r2", "db": "r2"]]),
    ]
    #expect(
      try previous(records, newest: "r2", running: ["h1": ["web": "w2 1", "db": "d2 1"]]) == "r4")
  }

  @Test func `a host that a release was not about is what it was before`() throws {
    let records = [
      record("r1", ["h1": ["web": "r1"], "h2": ["web": "r1"]]),
      record("r2", after: "r1", ["h1": ["web": "r2"]]),
    ]
    #expect(chain(records).composition(of: "h2", after: records[1])?.folders == ["web": "r1"])
    #expect(
      try previous(
        records, newest: "r2", running: ["h1": ["web": "w2 1"], "h2": ["web": "w1 1"]]) == "r1")
  }

  @Test func `a chain that leads in a circle ends`() {
    let records = [
      record("r1", after: "r2", ["h1": ["web": "r1"]]),
      record("r2", after: "r1", ["h1": ["web": "r2"]]),
    ]
    #expect(chain(records).before("r2").map(\.id) == ["r1"])
  }
}
