// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plans in files: what they hold, what they let run, and how they name what moved.

import Cache
import Planning
import TaskGraph
import Tasks
import TestSupport
import Testing

@Suite struct SavedPlanTests {
  private let key: [UInt8] = Array(repeating: 7, count: 32)

  private func entry(
    _ id: String, _ taskClass: TaskClass, _ status: PlanEntry.Status, state: String?,
    host: String? = nil, differences: [Difference] = [], seen: [Observation]? = nil
  ) -> PlanEntry {
    PlanEntry(
      id: TaskID(id), kind: "test", taskClass: taskClass, policy: TaskPolicy(host: host),
      status: status, reason: .neverRan, dependsOn: [], inputs: [], expected: nil,
      state: state.map { Digest.of($0) }, differences: differences, seen: seen)
  }

  private func plan(
    _ entries: [PlanEntry], _ goal: Goal = .deploy(DeployRequest(selection: DeploySelection()))
  ) throws -> SavedPlan {
    try #require(
      SavedPlan(goal: goal, version: "1", environment: "prod", key: key, entries: entries))
  }

  private func facts(_ state: String, _ container: String?) -> PlanEntry {
    entry(
      "host/web-1/facts", .observe, .run, state: state, host: "web-1",
      seen: [Observation("release", "rel-1")]
        + (container.map { [Observation("container app-web-1", $0)] } ?? []))
  }

  @Test func `a plan comes back from its file as it was`() throws {
    let saved = try plan([
      facts("a", "running"),
      entry(
        "host/web-1/rollout/web/start", .effect, .run, state: "k", host: "web-1",
        differences: [Difference(.image, from: "old", to: "new")]),
    ])
    let read = try #require(SavedPlan(json: saved.json))
    #expect(read == saved)
    #expect(read.version == 2)
    #expect(read.moved(in: saved).isEmpty)
  }

  @Test func `what is saved is as the published schema says`() throws {
    let entries = [
      facts("a", "running"),
      entry(
        "host/web-1/rollout/web/start", .effect, .run, state: "k", host: "web-1",
        differences: [Difference(.image, from: "old", to: "new")]),
      entry("runs", .effect, .maybe, state: nil), entry("holds", .effect, .hit, state: "e"),
    ]
    let back = Goal.rollback(RollbackRequest(target: .version("1"), hosts: ["h1"]))
    let saved = [try plan(entries), try plan([], back)].map(\.json)
    let other = saved[0].replacing("\"version\":2", with: "\"version\":3")
    #expect(other != saved[0])
    let cases =
      saved.map { SchemaCheck.Case("saved", json: $0, accepts: true) }
      + [other, "{}"].map { SchemaCheck.Case("no plan", json: $0, accepts: false) }
    #expect(try SchemaCheck(published: "saved-plan.schema.json").faults(cases) == "")
  }

  @Test func `the goal comes back with what it is limited to`() throws {
    let goal = Goal.deploy(
      DeployRequest(
        selection: DeploySelection(services: ["web"], hosts: ["h1"], roles: []), version: "1"))
    #expect(try plan([], goal).plannedGoal == goal)
    let back = Goal.rollback(RollbackRequest(target: .release("rel-1"), hosts: ["h1"]))
    #expect(try plan([], back).plannedGoal == back)
    #expect(
      SavedPlan(
        goal: .run(tasks: ["lint"]), version: nil, environment: "", key: key, entries: []) == nil)
  }

  @Test func `only effects that it says run are let run`() throws {
    let saved = try plan([
      entry("looks", .observe, .run, state: "a"), entry("pure", .pure, .run, state: "b"),
      entry("runs", .effect, .run, state: "c"), entry("may", .effect, .maybe, state: "d"),
      entry("holds", .effect, .hit, state: "e"),
    ])
    #expect(saved.permitted == [TaskID("runs"), TaskID("may")])
  }

  @Test func `what moved is named by task, host and part`() throws {
    let old = try plan([facts("a", "running")])
    #expect(
      old.moved(in: try plan([facts("b", "exited")])).map(\.text) == [
        "`host/web-1/facts` on host `web-1`: `container app-web-1` was `running` and is `exited`"
      ])
    #expect(
      old.moved(in: try plan([facts("c", nil)])).map(\.text) == [
        "`host/web-1/facts` on host `web-1`: `container app-web-1` is gone, it was `running`"
      ])
  }

  @Test func `a status, a key and a task that come or go are movements`() throws {
    let old = try plan([
      entry("a", .effect, .hit, state: "1"), entry("b", .effect, .run, state: "2"),
      entry("c", .effect, .run, state: "3"),
    ])
    let now = try plan([
      entry("a", .effect, .run, state: "1"), entry("b", .effect, .run, state: "other"),
      entry("d", .effect, .run, state: "4"),
    ])
    #expect(
      old.moved(in: now).map(\.text) == [
        "`a`: status was `hit` and is `run`", "`b`: what it rests on is another",
        "`d`: task is new: run", "`c`: task is gone, it was run",
      ])
  }

  @Test func `that a record saves work now is no movement`() throws {
    let old = try plan([entry("compose/config", .pure, .run, state: "same")])
    #expect(old.moved(in: try plan([entry("compose/config", .pure, .hit, state: "same")])).isEmpty)
    #expect(
      !old.moved(in: try plan([entry("compose/config", .pure, .hit, state: "new")])).isEmpty)
  }

  @Test func `a key for several machines needs a text that nobody guesses`() {
    #expect(SecretKey.derived(from: "short", project: "a") == nil)
    let text = String(repeating: "x", count: SecretKey.leastCharacters)
    let one = SecretKey.derived(from: text, project: "a")
    #expect(one?.count == 32)
    #expect(one != SecretKey.derived(from: text, project: "b"))
  }
}
