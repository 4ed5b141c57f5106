// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Explanations of plans that are made up: which way leads to a cause, what is left out, and what a host
// is told to have got. Proves spec/cli/why.md.

import Cache
import Planning
import TaskGraph
import Tasks
import Testing

@testable import stagecraft

struct WhyTests {
  private func entry(
    _ id: String, _ taskClass: TaskClass = .pure, _ status: PlanEntry.Status, _ reason: Reason,
    after: [String] = []
  ) -> PlanEntry {
    PlanEntry(
      id: TaskID(id), kind: "x", taskClass: taskClass, policy: TaskPolicy(), status: status,
      reason: reason,
      dependsOn: after.map { TaskID($0) }, inputs: [], expected: nil)
  }

  private func changed(_ file: String) -> Reason {
    .changed([Manifest.Change(field: .input, name: file, old: "1", new: "2")])
  }

  private func tree(_ entries: [PlanEntry], of id: String) throws -> String {
    let found = Explanations(entries: entries, index: TaskIndex()).explanation(of: TaskID(id))
    return WhyPrinter(style: .plain).tree(try #require(found))
  }

  @Test func `a way leads through what only looks, and what leads nowhere is left out`() throws {
    let entries = [
      entry("context", .pure, .run, changed("a.txt")),
      entry("build", .effect, .maybe, .upstreamRuns([TaskID("context")]), after: ["context"]),
      entry("facts", .observe, .run, .alwaysObserves),
      entry("desired", .observe, .run, .alwaysObserves, after: ["build", "facts"]),
      entry("gate", .observe, .run, .alwaysObserves, after: ["facts"]),
      entry(
        "start", .effect, .maybe, .upstreamRuns([TaskID("desired")]),
        after: ["gate", "desired", "facts"]),
    ]
    #expect(
      try tree(entries, of: "start") == """
        start  may run
        └─ desired  runs each time
           └─ build  may run
              └─ context  would run
                 └─ file a.txt  `1` → `2`

        """)
  }

  @Test func `each cause has one branch, by the shortest way`() throws {
    let entries = [
      entry("a", .pure, .run, changed("a.txt")),
      entry("b", .pure, .run, .evicted),
      entry("long", .pure, .maybe, .upstreamRuns([TaskID("a")]), after: ["a"]),
      entry(
        "top", .pure, .maybe, .upstreamRuns([TaskID("a"), TaskID("b")]), after: ["long", "a", "b"]),
    ]
    #expect(
      try tree(entries, of: "top") == """
        top  may run
        ├─ a  would run
        │  └─ file a.txt  `1` → `2`
        └─ b  would run: its result is not in the cache any more

        """)
  }

  @Test func `what never ran is its own reason`() throws {
    let entries = [
      entry("a", .pure, .run, .neverRan), entry("b", .pure, .run, .neverRan, after: ["a"]),
    ]
    #expect(try tree(entries, of: "b") == "b  would run: never ran here\n")
  }

  @Test func `a host got the newest release that reached it in full`() {
    func release(_ number: Int, _ status: ReleaseStatus, folder: Int) -> ReleaseRecord {
      var record = ReleaseRecord(
        id: "rel-\(number)", environment: "prod", version: "v\(number)",
        time: ReleaseTime(nanoseconds: Int64(number) * 1_000_000_000))
      record.hosts = ["web-1": status]
      record.folders = ["web-1": "rel-\(folder)"]
      return record
    }
    let host = HostExplanation(
      host: "web-1", environment: "prod", roles: ["front"], services: [],
      records: [
        release(1, .completed, folder: 1), release(2, .completed, folder: 2),
        release(3, .completed, folder: 2), release(4, .failed, folder: 2),
      ], effects: [])
    #expect(host.release?.id == "rel-3")
    #expect(host.changedBy?.id == "rel-2")
    #expect(host.previous?.id == "rel-1")
    #expect(host.unfinished.map(\.release.id) == ["rel-4"])
  }
}
