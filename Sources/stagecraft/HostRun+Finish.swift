// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The end of a change of hosts: what its release came to is written down, on the hosts with the end of
// the lock, and here. Changes no container.

import Cache
import Planning
import SystemPackage
import TaskGraph
import Tasks

extension HostRun {
  /// Ends the release.
  func finish(_ result: RunResult, _ plan: Plan, _ start: ReleaseStart) async throws -> Outcome {
    let begun = start.name != nil && Self.changedSomething(result.report)
    let unended = Set(plan.hosts.filter { !HostWork.shared.unfinished(on: $0).isEmpty })
    var hosts = HostReport.all(plan.hosts, in: result.report, unended: unended)
    await lookBetween(&hosts)
    var before: [String: HostFacts] = [:]
    var after: [String: HostAftermath] = [:]
    var laid: [String: UploadedRelease] = [:]
    let rendered = RenderedReleases(
      layout: run.state.layout, environment: run.workspace.environmentName ?? "")
    for (position, name) in plan.hosts.enumerated() {
      let facts = result.observations[TaskID("host/\(name)/facts")] as? HostFacts
      let folder = result.effects[TaskID("host/\(name)/upload")] as? UploadedRelease
      let desired = result.observations[TaskID("host/\(name)/desired")] as? DesiredHost
      before[name] = facts
      laid[name] = folder
      if let facts {
        after[name] = HostAftermath(
          of: facts, desired: desired, laid: folder, removable: removable(on: name),
          in: result.report)
      }
      if hosts[position].isCurrent, begun, let release = start.name {
        hosts[position].release = .named(release.id)
      } else if let facts {
        hosts[position].release = facts.receipt.map { .named($0.release) } ?? .none
      }
      guard begun, let desired, let folder else { continue }
      do throws(CacheError) {
        try rendered.keep(
          desired, as: folder.id, on: name, count: run.workspace.settings?.keepReleases ?? 1)
      } catch {
        session.console.warning(error.description)
      }
    }
    var release: ReleaseRecord?
    if begun, let name = start.name {
      release = try ended(plan.release(name), result, plan, hosts, before, after, laid)
    }
    try await close(release, plan, start, Array(before.values))
    return Outcome(
      goal: goal, status: status(result.report, hosts, plan, begun: begun), report: result.report,
      release: release, hosts: hosts, before: before, after: after)
  }

  /// Of services that are not wanted on a host, those that this run may take away; nil for all.
  private func removable(on host: String) -> Set<String>? {
    if let own = past.first(where: { $0.host.name == host }) { return own.services }
    guard case .deploy(let request) = goal else { return nil }
    return request.selection.choosesServices ? [] : nil
  }

  /// The record of the release with all that is known at its end.
  private func ended(
    _ begun: ReleaseRecord, _ result: RunResult, _ plan: Plan, _ hosts: [HostReport],
    _ before: [String: HostFacts], _ after: [String: HostAftermath],
    _ laid: [String: UploadedRelease]
  ) throws -> ReleaseRecord {
    var release = begun
    let phases = Dictionary(
      plan.graph.nodes.map { ($0.id, $0.policy.phase) }, uniquingKeysWith: { first, _ in first })
    release.apply(PhaseOutcomes(result.report) { phases[$0] ?? "" })
    for host in hosts {
      release.hosts[host.name] =
        switch host.status {
        case .done, .unchanged: .completed
        case .failed, .interrupted: .failed
        case .skipped: .skipped
        }
    }
    if let application = result.observations[TaskID("compose/application")] as? ComposeApplication {
      release.variables = application.variables(key: try run.secretKey())
    }
    // What this run left alone runs what the release before it said.
    let earlier = try release.previousID.flatMap(record)?.images ?? [:]
    for name in plan.hosts {
      guard let left = after[name] else { continue }
      release.folders[name] = laid[name]?.id
      release.applied[name] = left.folders
      for service in left.folders.keys {
        release.images[service] = left.images[service] ?? earlier[service]
      }
    }
    let isSame = plan.hosts.allSatisfy { after[$0]?.isSame == true }
    if release.kind == .deploy, result.report.isSuccess, isSame { release.kind = .repair }
    return release
  }

  /// Gives the locks back, with the record, and takes over what hosts know.
  private func close(
    _ release: ReleaseRecord?, _ plan: Plan, _ start: ReleaseStart, _ facts: [HostFacts]
  ) async throws {
    var release = release
    let time = ReleaseTime(nanoseconds: RunClock.wallNanoseconds)
    release?.updated = time.text
    let failed = await plan.change.lease.release(
      recording: release.map { LeaseRecord(release: $0.id, text: $0.json) })
    for (host, error) in failed.sorted(by: { $0.key < $1.key }) {
      session.console.warning(
        "the lock on `\(host)` could not be given back, it ends by itself in a minute: "
          + error.message)
    }
    do {
      try history.merge(facts, environment: run.workspace.environmentName ?? "")
      if let release {
        try history.put(release, at: time)
      } else if let name = start.name {
        // Planned again under the lock, it turned out that nothing was to be done.
        try history.update { $0.removeAll { $0.id == name.id } }
      }
    } catch {
      session.console.warning("the release could not be recorded: \(error)")
    }
  }

  /// Whether anything was done, or begun, on a host, in a database or by a hook.
  private static func changedSomething(_ report: RunReport) -> Bool {
    report.entries.contains { entry in
      guard entry.taskClass == .effect else { return false }
      let isBuild = entry.id.text.hasPrefix("image/")
      switch entry.outcome {
      case .executed, .failed: return !isBuild
      case .cancelled:
        return entry.id.text.hasPrefix("host/") || entry.id.text.hasPrefix("migrate/")
      case .reused, .skipped: return false
      }
    }
  }

  private func status(
    _ report: RunReport, _ hosts: [HostReport], _ plan: Plan, begun: Bool
  ) -> ExitStatus {
    let status = ExitStatus(report)
    // Somebody who goes back wants something else than what is there.
    if case .rollback = goal, past.isEmpty, status == .success, !begun {
      session.console.note(
        "nothing was changed: every host runs what it ran then; `stagecraft releases list` shows others"
      )
      return .input
    }
    // Hosts that were left alone run something else than those that went back.
    if status == .success, !plan.without.isEmpty { return .partial }
    guard status == .outside || status == .input, !report.hasLostLock else { return status }
    let isPartial = hosts.contains(where: \.isCurrent) && hosts.contains { !$0.isCurrent }
    return isPartial ? .partial : status
  }
}
