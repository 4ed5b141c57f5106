// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plans on disk: written by `plan --output`, read by `deploy --plan`. What they hold is decided in
// Planning.

import Cache
import Planning
import SystemPackage
import TaskGraph
import Tasks

extension Session {
  /// A plan as it was evaluated, with what else a saved one is made of.
  struct Evaluated: Sendable {
    let entries: [PlanEntry]
    let run: GoalRun

    /// What could not be asked, by task; empty where every question was answered.
    var unanswered: [(id: TaskID, cause: String)] {
      entries.compactMap { entry in
        guard entry.taskClass == .observe, case .unknown(let cause) = entry.reason else {
          return nil
        }
        return (entry.id, cause)
      }
    }

    /// Why the first host would refuse the release before anything changes there, and what to do about
    /// it; nil where none would.
    var refusal: (cause: String, advice: String?)? {
      for entry in entries where entry.kind == HostUpload.kind {
        if case .unknown(let cause) = entry.reason { return (cause, entry.advice) }
      }
      return nil
    }

    /// Whether a run would do anything but look.
    var isPending: Bool {
      entries.contains { $0.taskClass != .observe && $0.status != .hit }
    }
  }

  /// Writes a plan that a later run can be held to.
  func save(_ plan: Evaluated, of goal: Goal, to path: String) throws {
    if let first = plan.unanswered.first {
      throw CommandFailure(
        .outside, "`\(first.id)` could not be answered, so there is no plan to save: \(first.cause)"
      )
    }
    let saved = SavedPlan(
      goal: goal, version: plan.run.version.text,
      environment: plan.run.environmentName, key: try plan.run.secretKey(),
      entries: plan.entries)
    guard let saved else {
      throw CommandFailure(
        .input, "a plan of `\(goal.text)` cannot be saved",
        hint: "plans of `deploy` and `rollback` can")
    }
    try FileSystem.replace(FilePath(path), with: Array((saved.json + "\n").utf8), mode: 0o600)
    console.note(
      "the plan is in \(path); `stagecraft \(saved.request.command) --plan \(path)` does exactly this"
    )
  }

  /// Reads a saved plan.
  func savedPlan(_ path: String) throws -> SavedPlan {
    let name = TerminalText.sanitized(path)
    guard let bytes = try FileSystem.read(FilePath(path)) else {
      throw CommandFailure(
        .input, "the plan `\(name)` is not there",
        hint: "make one with `stagecraft plan deploy --output \(name)`")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    if let plan = SavedPlan(json: text), plan.version == SavedPlan.currentVersion { return plan }
    if let other = PlanVersion(json: text), other.version != SavedPlan.currentVersion {
      throw CommandFailure(
        .input,
        "the plan `\(name)` has format \(other.version), and this program reads \(SavedPlan.currentVersion)",
        hint: "make it anew with the program that applies it")
    }
    throw CommandFailure(
      .input, "`\(name)` is not a saved plan",
      hint: "make one with `stagecraft plan deploy --output FILE`")
  }
}
