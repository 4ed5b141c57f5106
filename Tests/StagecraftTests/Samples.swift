// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Hand-made plans, events and reports that the tests of displays and drawings share.

import Cache
import TaskGraph

enum Samples {
  static func entry(
    _ id: String, _ status: PlanEntry.Status, _ reason: Reason, phase: String = "tasks",
    after dependencies: [String] = [], inputs: [String] = [], taskClass: TaskClass = .pure
  ) -> PlanEntry {
    PlanEntry(
      id: TaskID(id), kind: "command", taskClass: taskClass,
      policy: TaskPolicy(phase: phase), status: status, reason: reason,
      dependsOn: dependencies.map { TaskID($0) }, inputs: inputs, expected: nil)
  }

  static let changes = [
    Manifest.Change(field: .input, name: "api/server.py", old: "aa", new: "bb"),
    Manifest.Change(field: .environment, name: "MODE", old: nil, new: "dev"),
  ]

  /// A diamond over two phases, with names that every format has to escape.
  static let plan: [PlanEntry] = [
    entry("codegen", .run, .changed(changes), inputs: ["api/server.py"]),
    entry("web \"assets\"", .maybe, .upstreamRuns([TaskID("codegen")]), after: ["codegen"]),
    entry("lint", .hit, .unchanged, after: ["codegen"]),
    entry("image/web/context", .hit, .unchanged, phase: "build", inputs: ["web/index.html"]),
    entry(
      "image/web/build", .run, .neverRan, phase: "build",
      after: ["image/web/context", "web \"assets\"", "lint"], taskClass: .effect),
  ]

  static func line(_ id: String, _ outcome: Outcome, _ reason: Reason, from: Int64, to: Int64)
    -> RunReport.Entry
  {
    RunReport.Entry(
      id: TaskID(id), taskClass: .pure, policy: TaskPolicy(pool: .cpu(2)), outcome: outcome,
      reason: reason, start: from * 1_000_000, end: to * 1_000_000)
  }

  static func report(
    _ entries: [RunReport.Entry], duration: Duration = .milliseconds(1234),
    wasInterrupted: Bool = false
  ) -> RunReport {
    RunReport(
      id: "run-1", goal: "build", entries: entries, duration: duration,
      wasInterrupted: wasInterrupted)
  }

  static let failure = TaskError(
    .exited(2), "the command ended with status 2", hint: "read the log", command: "make all",
    logTail: (1...25).map { "line \($0)" })
}
