// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What follows from release records: the target of a rollback, what changed, and what a run of a graph
// comes to. Proves spec/core/releases.md.

import Planning
import TaskGraph
import Testing

/// Decisions on releases.
@Suite struct ReleaseDecisionTests {
  // MARK: rollback

  private func target(
    _ choice: RollbackTarget.Choice, _ records: [ReleaseRecord]
  ) throws -> String {
    try RollbackTarget(
      choice, environment: "prod", records: records,
      chain: ReleaseChain(records, environment: "prod")
    ).target.id
  }

  @Test func `previous is the newest full release before the one that hosts run`() throws {
    let records = [
      ReleaseSamples.release("a", hour: 1), ReleaseSamples.release("b", hour: 2),
      ReleaseSamples.release("x", "staging", hour: 3),
    ]
    #expect(try target(.previous, records) == "a")
    // What never reached a host changed nothing: hosts still run `b`.
    let unbuilt = ReleaseSamples.release("c", hour: 4, rollout: .skipped)
    #expect(try target(.previous, records + [unbuilt]) == "a")
    // What got to some hosts is what must be left: back to `b`.
    let broken = ReleaseSamples.release("d", hour: 5, rollout: .failed)
    #expect(try target(.previous, records + [unbuilt, broken]) == "b")
    #expect(
      try target(
        .previous, records + [broken, ReleaseSamples.release("e", hour: 6, rollout: .failed)])
        == "b")
    #expect(throws: ReleaseFault.noPrevious.error) {
      try target(.previous, [ReleaseSamples.release("a")])
    }
    #expect(throws: ReleaseFault.noCurrent(environment: "prod").error) {
      try target(.previous, [ReleaseSamples.release("x", "staging")])
    }
  }

  @Test func `a release or a version is found in its environment`() throws {
    let records = [
      ReleaseSamples.release("a", version: "v1", hour: 1),
      ReleaseSamples.release("b", version: "v1", hour: 2),
      ReleaseSamples.release("c", version: "v1", hour: 3, rollout: .failed),
      ReleaseSamples.release("d", version: "v2", hour: 4),
      ReleaseSamples.release("x", "staging", version: "v3", hour: 5),
    ]
    #expect(try target(.release("a"), records) == "a")
    #expect(try target(.version("v1"), records) == "b")
    let faults: [(RollbackTarget.Choice, ReleaseFault)] = [
      (.release("e1"), .targetNotFound("e1", nearest: nil)),
      (.release("x"), .otherEnvironment("x", belongsTo: "staging", environment: "prod")),
      (.release("d"), .isCurrent("d")),
      (
        .release("c"), .notFullyDeployed("c", phases: ["rollout: failed", "finalize: skipped"])
      ),
      (.version("v3"), .versionNotFound("v3", environment: "prod")),
      (.version("v2"), .isCurrent("d")),
    ]
    for (choice, fault) in faults {
      #expect(throws: fault.error) { try target(choice, records) }
    }
  }

  @Test func `exactly one form of target is taken`() throws {
    func choice(_ previous: Bool, _ id: String?, _ version: String?) throws -> RollbackTarget.Choice
    {
      try RollbackTarget.Choice(toPrevious: previous, toRelease: id, toVersion: version)
    }
    #expect(try choice(true, nil, nil) == .previous)
    #expect(try choice(false, "r", nil) == .release("r"))
    #expect(try choice(false, nil, "v") == .version("v"))
    #expect(throws: ReleaseFault.targetMissing.error) { try choice(false, nil, nil) }
    #expect(throws: ReleaseFault.severalTargets.error) { try choice(true, nil, "v") }
  }

  // MARK: phases of a run

  private func outcomes(
    _ entries: [(String, TaskClass, Outcome)], interrupted: Bool = false
  ) -> PhaseOutcomes {
    let report = RunReport(
      id: "r", goal: "deploy",
      entries: entries.enumerated().map { position, entry in
        RunReport.Entry(
          id: TaskID("\(entry.0)/\(position)"), taskClass: entry.1, policy: TaskPolicy(),
          outcome: entry.2, reason: .neverRan, start: 0, end: 0)
      }, duration: .zero, wasInterrupted: interrupted)
    return PhaseOutcomes(report) { id in String(id.text.prefix { $0 != "/" }) }
  }

  @Test func `a phase in which nothing was done is skipped with its reason`() {
    let done = Outcome.executed(.seconds(1))
    let kept = Outcome.reused(saved: .zero, restored: 0)
    let result = outcomes([
      ("prepare", .observe, done), ("build", .pure, kept), ("push", .observe, done),
      ("rollout", .effect, kept), ("rollout", .effect, done), ("finalize", .effect, done),
    ])
    #expect(
      result.phases == [
        .build: .skipped, .push: .skipped, .migratePre: .skipped, .rollout: .completed,
        .migratePost: .skipped, .finalize: .completed,
      ])
    #expect(
      result.reasons == [
        .build: "up to date", .push: "nothing to do", .migratePre: "nothing to do",
        .migratePost: "nothing to do",
      ])
  }

  @Test func `a failure fails its phase and skips what waits for it`() {
    let failed = Outcome.failed(TaskError(.exited(1), "no"))
    let result = outcomes([
      ("build", .pure, failed), ("push", .effect, .skipped(because: TaskID("build/0"))),
      ("rollout", .effect, .executed(.zero)),
      ("rollout", .effect, .skipped(because: TaskID("build/0"))), ("finalize", .effect, .cancelled),
    ])
    #expect(result.phases[.build] == .failed && result.reasons[.build] == "`build/0` failed")
    #expect(result.phases[.push] == .skipped && result.reasons[.push] == "`build/0` failed")
    #expect(result.phases[.rollout] == .failed)
    #expect(result.phases[.finalize] == .skipped && result.reasons[.finalize] == "interrupted")
    var record = ReleaseSamples.release("r")
    record.apply(result)
    #expect(record.status == .failed)
  }

  @Test func `what fails outside of all phases fails the first that was not done`() {
    let failed = Outcome.failed(TaskError(.exited(1), "no"))
    let early = outcomes([("prepare", .observe, failed)])
    #expect(early.phases[.build] == .failed && early.reasons[.build] == "`prepare/0` failed")
    let stopped = outcomes(
      [("build", .pure, .executed(.zero)), ("rollout", .effect, .cancelled)], interrupted: true)
    #expect(stopped.phases[.build] == .completed && stopped.phases[.push] == .failed)
    #expect(stopped.reasons[.push] == "interrupted")
  }

  // MARK: difference

  @Test func `a difference names services, hosts and variables, and no values`() {
    var old = ReleaseSamples.release("a", version: "v1", hosts: ["h1"])
    var new = ReleaseSamples.release("b", version: "v2", hour: 2, hosts: ["h1", "h2"])
    old.images = ["api": "r/api@sha256:1", "web": "r/web@sha256:1", "old": "o"]
    new.images = ["api": "r/api@sha256:2", "web": "r/web@sha256:1", "new": "n"]
    old.variables = ["api.A": "1", "api.B": "1"]
    new.variables = ["api.A": "2", "api.B": "1", "api.C": "1"]
    let difference = ReleaseDifference(from: old, to: new)
    #expect(difference.facts == [.init("version", from: "v1", to: "v2")])
    #expect(
      difference.services == [
        .init("api", from: "r/api@sha256:1", to: "r/api@sha256:2"),
        .init("new", from: nil, to: "n"), .init("old", from: "o", to: nil),
      ])
    #expect(difference.hosts == [.init("h2", from: nil, to: "pending")])
    #expect(
      difference.variables == [.init("api.A", from: "", to: ""), .init("api.C", from: nil, to: "")])
    new.variables = [:]
    #expect(ReleaseDifference(from: old, to: new).variables.isEmpty)
    #expect(ReleaseDifference(from: old, to: old).isEmpty)
  }
}
