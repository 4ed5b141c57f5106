// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a change would touch, told from two plans.

import Cache
import Planning
import TaskGraph
import Testing

@Suite struct AffectedTasksTests {
  private func entry(
    _ id: String, state: String, _ reason: Reason = .recorded, after: [String] = [],
    service: String? = nil, host: String? = nil, taskClass: TaskClass = .effect
  ) -> PlanEntry {
    PlanEntry(
      id: TaskID(id), kind: "test", taskClass: taskClass,
      policy: TaskPolicy(host: host, service: service), status: .hit, reason: reason,
      dependsOn: after.map { TaskID($0) }, inputs: [], expected: nil, state: Digest.of(state))
  }

  @Test func `what has another key is touched, and what waits for it`() {
    let before = [
      entry("a", state: "1"), entry("b", state: "2"), entry("c", state: "3"),
      entry("d", state: "4"),
    ]
    let after = [
      entry("a", state: "other"), entry("b", state: "2", .upstreamRuns([TaskID("a")])),
      entry("c", state: "3", .upstreamRuns([TaskID("b")])), entry("d", state: "4"),
    ]
    #expect(AffectedTasks(before: before, after: after).entries.map(\.id.text) == ["a", "b", "c"])
  }

  @Test func `nothing is touched where nothing differs, and looks are not listed`() {
    let plan = [entry("look", state: "1", taskClass: .observe), entry("a", state: "2")]
    #expect(AffectedTasks(before: plan, after: plan).entries.isEmpty)
    let other = [entry("look", state: "9", taskClass: .observe), entry("a", state: "2")]
    #expect(AffectedTasks(before: plan, after: other).entries.isEmpty)
  }

  @Test
  func `a service touches its own steps, those of its hosts, and images that are built on it`() {
    let plan = [
      entry("image/base/build", state: "1", service: "base"),
      entry("image/api/build", state: "2", after: ["image/base/build"], service: "api"),
      entry("image/web/build", state: "3", service: "web"),
      entry("host/h1/upload", state: "4", host: "h1"),
      entry("host/h1/rollout/base/start", state: "5", service: "base", host: "h1"),
      entry("host/h2/upload", state: "6", host: "h2"),
      entry("host/h2/rollout/web/start", state: "7", service: "web", host: "h2"),
    ]
    let touched = AffectedTasks(of: "base", in: plan)
    #expect(
      touched.entries.map(\.id.text) == [
        "image/base/build", "image/api/build", "host/h1/upload", "host/h1/rollout/base/start",
      ])
    #expect(touched.services == ["api", "base"])
    #expect(touched.hosts == ["h1"])
  }
}
