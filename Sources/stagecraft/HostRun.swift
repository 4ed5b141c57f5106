// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One change of the hosts of an environment: its lease, its release, and the run of its graph, planned
// again where somebody else changed a host meanwhile. Parses no flags.

import Cache
import Planning
import SystemPackage
import TaskGraph
import Tasks

/// A change of hosts while it is made.
struct HostRun: Sendable {
  let session: Session
  let run: GoalRun
  let goal: Goal
  let savedPlan: SavedPlan?
  /// The commit that is deployed; empty where there is none, and for a rollback.
  let commit: String
  /// How long another holder of the lock may be waited for.
  let lockWait: Duration?
  /// Whether no other run works in this checkout.
  let isAlone: Bool
  let history: ReleaseHistory
  /// The release that each host goes back to, where that does not follow from the goal.
  var releases: [String: String] = [:]

  /// How a change ended.
  struct Outcome: Sendable {
    let goal: Goal
    var status: ExitStatus
    let report: RunReport
    /// nil where nothing was to be done.
    let release: ReleaseRecord?
    let hosts: [HostReport]
    /// What each host was before: the release that it goes back to.
    let before: [String: HostReceipt]
  }

  /// Makes the change; `mostPlans` is how often it may be planned.
  func perform(mostPlans: Int) async throws -> Outcome {
    var lease: Lease?
    var attempt = 1
    while true {
      let id = RunName.next()
      var kept: TaskIndex? = TaskIndex.load(run.state.layout.taskIndex)
      let plan = try await plan(keeping: &kept, id: id, lease: lease)
      lease = plan.change.lease
      try await check(plan.graph, kept)
      let start = ReleaseStart(plan.release, in: history)
      let result = try await session.shown(run, plan.graph, kept ?? TaskIndex(), id: id) { event in
        start.see(event)
      }
      for warning in start.warnings { session.console.warning(warning) }
      if attempt < mostPlans, !result.report.wasInterrupted, Self.wasMoved(result.report) {
        attempt += 1
        session.console.note("somebody else deployed meanwhile: planning again")
        if start.hasBegun { try history.update { $0.removeAll { $0.id == plan.release.id } } }
        await plan.change.lease.refresh()
        continue
      }
      return try await finish(result, plan, begun: start.hasBegun)
    }
  }

  private static func wasMoved(_ report: RunReport) -> Bool {
    report.failures.contains { failure in
      if case .moved = failure.error.code { true } else { false }
    }
  }

  /// A graph with what it belongs to.
  private struct Plan {
    let graph: Graph
    let change: HostChange
    let release: ReleaseRecord
    let hosts: [String]
  }

  private func plan(
    keeping index: inout TaskIndex?, id: String, lease: Lease?
  ) async throws -> Plan {
    switch goal {
    case .deploy(let request):
      let deployment = try await run.deployment(request, keeping: &index, runID: id)
      for note in deployment.target.notes { session.console.note("note: \(note)") }
      if lease == nil { try nameFormerHosts(deployment.target) }
      let release = try newRelease(
        .deploy, deployment.hosts, version: run.version.text, commit: commit)
      let change = try change(release, lease, deployment.hosts)
      return Plan(
        graph: try run.deploy(deployment, request, change: change), change: change,
        release: release, hosts: deployment.hosts.map(\.name))
    case .rollback(let request):
      let recall =
        releases.isEmpty
        ? try await run.recall(request)
        : try await run.recall(
          try run.hosts().compactMap { host in
            request.hosts.contains(host.name) ? releases[host.name].map { (host, $0) } : nil
          }, isUndo: true)
      let target = try recall.release ?? releases.values.sorted().first.flatMap(record)
      for (host, error) in recall.silent.sorted(by: { $0.key < $1.key }) {
        session.console.warning("`\(host)` is left alone: \(error.message)")
      }
      for host in recall.without {
        session.console.warning("`\(host)` does not hold \(target?.id ?? "it") and is left alone")
      }
      if let target {
        await session.nameMigrations(since: target, try history.records(), run)
      }
      let release = try newRelease(
        .rollback, recall.hosts, version: target?.version ?? "unknown",
        commit: target?.commitSHA ?? "", to: target?.id)
      let change = try change(release, lease, recall.hosts)
      return Plan(
        graph: try run.rollback(recall, request, change: change), change: change,
        release: release, hosts: recall.hosts.map(\.name))
    case .build, .run, .migrate, .unlock:
      throw CommandFailure(.bug, "`\(goal.text)` is not about hosts")
    }
  }

  /// Names hosts that ran the current release and are no longer among those of the environment: nobody
  /// else would ever speak of them again.
  private func nameFormerHosts(_ target: DeployTarget) throws {
    let current = RollbackTarget.current(of: target.environment, in: try history.records())
    let hosts = Set(try run.hosts().map(\.name))
    for name in (current?.hosts.keys ?? [:].keys).sorted() where !hosts.contains(name) {
      let directory = target.host(for: name).directory
      session.console.note(
        "note: `\(TerminalText.sanitized(name))` is no longer a host of `\(target.environment)` and is "
          + "left as it is; `\(directory)/compose down` takes down what runs there")
    }
  }

  private func record(_ id: String) throws -> ReleaseRecord? {
    try history.records().first { $0.id == id }
  }

  /// What tells this holder of a lock from others.
  ///
  /// One for each checkout, so that a run after one that was killed finds the lock to be its own. The lock of the project sees to it that there is one at
  /// a time.
  private func token() throws -> String {
    guard isAlone else { return RunName.next() }
    let file = run.state.layout.root.appending("lease")
    if let bytes = try FileSystem.read(file), !bytes.isEmpty {
      return String(decoding: bytes, as: UTF8.self)
    }
    let token = RunName.next()
    try FileSystem.replace(file, with: Array(token.utf8), mode: 0o600, durable: true)
    return token
  }

  private func change(
    _ release: ReleaseRecord, _ lease: Lease?, _ hosts: [Host]
  ) throws -> HostChange {
    HostChange(
      release: release.id, record: release.json,
      lease: try lease
        ?? Lease(hosts: hosts, owner: release.owner, token: token(), wait: lockWait))
  }

  private func newRelease(
    _ kind: ReleaseRecord.Kind, _ hosts: [Host], version: String, commit: String = "",
    to target: String? = nil
  ) throws -> ReleaseRecord {
    let time = ReleaseTime(nanoseconds: RunClock.wallNanoseconds)
    let environment = run.workspace.environmentName ?? ""
    let name = run.workspace.owner
    var release = ReleaseRecord(
      id: "rel-\(time.compact)", environment: environment,
      version: version.isEmpty ? "unknown" : version,
      commitSHA: commit, time: time,
      previousID: RollbackTarget.current(of: environment, in: try history.records())?.id,
      kind: kind, rolledBackTo: target, owner: "\(name) (stagecraft \(goal.text))",
      hosts: hosts.map(\.name))
    release.phases[.build] = .running
    return release
  }

  /// Refuses to run a graph that is not the one that was saved.
  private func check(_ graph: Graph, _ index: TaskIndex?) async throws {
    guard let savedPlan else { return }
    let now = SavedPlan(
      goal: goal, version: run.version.text, environment: run.environmentName,
      key: try run.secretKey(),
      entries: await run.refreshed(graph, index: index ?? TaskIndex()))
    guard let now else { throw CommandFailure(.bug, "`\(goal.text)` is not about hosts") }
    guard savedPlan.keyName == now.keyName else {
      throw CommandFailure(
        .input, "the plan was made with another key than this machine's, so it cannot be compared",
        hint: "set `STAGECRAFT_SECRET_KEY` to the same text where plans are made and applied")
    }
    let moved = savedPlan.moved(in: now)
    guard !moved.isEmpty else { return }
    let most = 10
    let lines = moved.prefix(most).map { "\n  " + TerminalText.sanitized($0.text) }.joined()
    let more = moved.count > most ? "\n  and \(moved.count - most) more" : ""
    throw CommandFailure(
      .input, "the plan is not what would run now, nothing was changed:\(lines)\(more)",
      hint: "make it anew with `stagecraft plan \(savedPlan.goal) --env "
        + "\(savedPlan.environment) --output FILE`")
  }

  /// Ends the release: what it came to is written to the hosts with the end of the lock, and here.
  private func finish(
    _ result: RunResult, _ plan: Plan, begun: Bool
  ) async throws -> Outcome {
    var release = plan.release
    let phases = Dictionary(
      plan.graph.nodes.map { ($0.id, $0.policy.phase) }, uniquingKeysWith: { first, _ in first })
    release.apply(PhaseOutcomes(result.report) { phases[$0] ?? "" })
    var hosts = HostReport.all(plan.hosts, in: result.report)
    for host in hosts {
      release.hosts[host.name] =
        switch host.status {
        case .done, .unchanged: .completed
        case .failed: .failed
        case .skipped: .skipped
        }
    }
    if let application = result.observations[TaskID("compose/application")] as? ComposeApplication {
      release.variables = application.variables(key: try run.secretKey())
    }
    var before: [String: HostReceipt] = [:]
    let rendered = RenderedReleases(
      layout: run.state.layout, environment: release.environment)
    for (position, name) in plan.hosts.enumerated() {
      let facts = result.observations[TaskID("host/\(name)/facts")] as? HostFacts
      before[name] = facts?.receipt
      let folder = result.effects[TaskID("host/\(name)/upload")] as? UploadedRelease
      release.folders[name] = folder?.id
      if hosts[position].isCurrent, let folder {
        hosts[position].release = .named(begun ? release.id : folder.id)
      } else if let facts {
        hosts[position].release = facts.receipt.map { .named($0.release) } ?? .none
      }
      let desired = result.observations[TaskID("host/\(name)/desired")] as? DesiredHost
      for service in desired?.services ?? [] { release.images[service.name] = service.image }
      guard begun, let desired, let folder else { continue }
      do throws(CacheError) {
        try rendered.keep(
          desired, as: folder.id, on: name, count: run.workspace.settings?.keepReleases ?? 1)
      } catch {
        session.console.warning(error.description)
      }
    }
    let time = ReleaseTime(nanoseconds: RunClock.wallNanoseconds)
    release.updated = time.text
    let failed = await plan.change.lease.release(
      recording: begun ? LeaseRecord(release: release.id, text: release.json) : nil)
    for (host, error) in failed.sorted(by: { $0.key < $1.key }) {
      session.console.warning(
        "the lock on `\(host)` could not be given back, it ends by itself in a minute: "
          + error.message)
    }
    do {
      try history.merge(
        plan.hosts.compactMap { result.observations[TaskID("host/\($0)/facts")] as? HostFacts })
      if begun { try history.put(release, at: time) }
    } catch {
      session.console.warning("the release could not be recorded: \(error)")
    }
    return Outcome(
      goal: goal, status: status(result.report, hosts), report: result.report,
      release: begun ? release : nil, hosts: hosts, before: before)
  }

  private func status(_ report: RunReport, _ hosts: [HostReport]) -> ExitStatus {
    let status = ExitStatus(report)
    guard status == .outside || status == .input else { return status }
    let isPartial = hosts.contains(where: \.isCurrent) && hosts.contains { !$0.isCurrent }
    return isPartial ? .partial : status
  }
}
