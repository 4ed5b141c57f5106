// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The end of a deploy that failed where the environment says `on_failure: rollback`: the hosts that it
// changed go back to what they ran. Knows no task.

import Planning
import TaskGraph
import Tasks

extension Session {
  /// Brings hosts that a failed deploy changed back to what they ran, where the environment says so;
  /// nil where nothing is to be brought back.
  func undo(
    _ outcome: HostRun.Outcome, _ workspace: Workspace, _ flags: RunFlags, _ place: Place,
    _ history: ReleaseHistory
  ) async throws -> HostRun.Outcome? {
    guard case .deploy = outcome.goal, !outcome.report.isSuccess, !outcome.report.wasInterrupted,
      !outcome.report.hasLostLock,
      let rollout = workspace.settings?.rollout, rollout.onFailure == .rollback,
      rollout.isBroken(outcome.report, hosts: outcome.hosts, keepsGoing: flags.keepGoing)
    else { return nil }
    let touched = outcome.hosts.map(\.name).filter { outcome.after[$0]?.touched.isEmpty == false }
    var past: [GoalRun.Past] = []
    for host in try workspace.hosts(of: try workspace.deployed()) where touched.contains(host.name)
    {
      let services = outcome.before[host.name]?.services ?? [:]
      guard !services.isEmpty else {
        console.warning("`\(host.name)` ran no release before and stays as it is")
        continue
      }
      // What this run did not touch is nobody's to bring back.
      past.append(
        GoalRun.Past(
          host: host,
          composition: HostComposition(
            services.mapValues(\.folder), main: outcome.before[host.name]?.receipt?.folder),
          services: outcome.after[host.name]?.touched))
    }
    guard !past.isEmpty else { return nil }
    console.note("bringing back what ran on \(past.map(\.host.name).joined(separator: ", "))")
    let goal = Goal.rollback(
      RollbackRequest(target: .previous, hosts: past.map(\.host.name), keepsGoing: true))
    let run = try goalRun(
      goal, workspace, RunFlags.Values(flags), isReader: false, version: nil, place)
    var undo = HostRun(
      session: self, run: run, goal: goal, savedPlan: nil, commit: "", lockWait: .seconds(60),
      isAlone: true, history: history)
    undo.past = past
    let undone = try await undo.perform(mostPlans: Self.mostPlans)
    console.note(HostTable(style: console.style).render(undone.hosts))
    return undone
  }

  /// How a deploy ended that was undone: no host runs the release, or some of them still do.
  func status(of outcome: HostRun.Outcome, after undone: HostRun.Outcome) -> ExitStatus {
    let back = Set(undone.hosts.filter(\.isCurrent).map(\.name))
    let isWhole = outcome.hosts.allSatisfy { host in
      host.status == .skipped || host.status == .failed && host.changed.isEmpty
        || back.contains(host.name)
    }
    return outcome.status == .partial && isWhole ? .outside : outcome.status
  }
}
