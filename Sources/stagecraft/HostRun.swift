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
  /// What each host goes back to, where that does not follow from the goal: an undo.
  var past: [GoalRun.Past] = []
  /// The release that may be deployed over though it came after this run's plan was made.
  var over: String?

  /// How a change ended.
  struct Outcome: Sendable {
    let goal: Goal
    var status: ExitStatus
    let report: RunReport
    /// nil where nothing was to be done.
    let release: ReleaseRecord?
    let hosts: [HostReport]
    /// What each host was before.
    let before: [String: HostFacts]
    /// What each host is after it.
    let after: [String: HostAftermath]
  }

  /// Makes the change; `mostPlans` is how often it may be planned.
  func perform(mostPlans: Int) async throws -> Outcome {
    let start = ReleaseStart(in: history)
    var lease: Lease?
    var attempt = 1
    while true {
      let id = RunName.next()
      var kept: TaskIndex? = TaskIndex.load(run.state.layout.taskIndex)
      let plan = try await plan(keeping: &kept, id: id, lease: lease, start)
      lease = plan.change.lease
      start.prepare(plan.release)
      try await check(plan.graph, kept)
      let result = try await session.shown(run, plan.graph, kept ?? TaskIndex(), id: id)
      if attempt < mostPlans, !result.report.wasInterrupted, Self.wasMoved(result.report) {
        attempt += 1
        session.console.note("somebody else deployed meanwhile: planning again")
        await plan.change.lease.refresh()
        continue
      }
      for warning in start.warnings { session.console.warning(warning) }
      for note in run.imageNotes(in: result) { session.console.note("note: \(note)") }
      return try await finish(result, plan, start)
    }
  }

  private static func wasMoved(_ report: RunReport) -> Bool {
    // Who held the lock and lost it leaves all that comes after to its new holder.
    !report.hasLostLock
      && report.failures.contains { failure in
        if case .moved = failure.error.code { true } else { false }
      }
  }

  /// A graph with what it belongs to.
  struct Plan {
    let graph: Graph
    let change: HostChange
    let release: @Sendable (ReleaseName) -> ReleaseRecord
    let hosts: [String]
    /// Hosts of the environment that cannot go back, since they do not hold what it takes.
    var without: [String] = []
  }

  private func plan(
    keeping index: inout TaskIndex?, id: String, lease: Lease?, _ start: ReleaseStart
  ) async throws -> Plan {
    switch goal {
    case .deploy(let request):
      let deployment = try await run.deployment(request, keeping: &index, runID: id)
      for note in deployment.notes { session.console.note("note: \(note)") }
      if lease == nil { try nameFormerHosts(deployment.target) }
      let release = newRelease(
        .deploy, deployment.hosts, version: run.version.text, commit: commit,
        scope: request.selection.scope)
      let change = try change(release, lease, deployment.hosts, start)
      return Plan(
        graph: try run.deploy(deployment, request, change: change), change: change,
        release: release, hosts: deployment.hosts.map(\.name))
    case .rollback(let request):
      let isUndo = !past.isEmpty
      let recall =
        isUndo ? try await run.recall(past, isUndo: true) : try await run.recall(request)
      let target = try recall.release ?? past.map(\.composition.main).max().flatMap(record)
      for (host, error) in recall.silent.sorted(by: { $0.key < $1.key }) {
        session.console.warning("`\(host)` is left alone: \(error.message)")
      }
      for host in recall.without {
        session.console.warning("`\(host)` does not hold \(target?.id ?? "it") and is left alone")
      }
      for image in recall.namedImages {
        session.console.warning(
          "`\(image)` of \(target?.id ?? "that release") is by tag: what it is now runs, which may be "
            + "another image than then")
      }
      if let target {
        if !isUndo, request.target == .previous {
          session.console.note("going back to `\(target.id)` (\(target.version))")
        }
        await session.nameMigrations(since: target, try history.records(), run)
      }
      let release = newRelease(
        isUndo ? .undo : .rollback, recall.hosts, version: target?.version ?? "unknown",
        commit: target?.commitSHA ?? "", to: target?.id,
        scope: DeploySelection(services: [], hosts: isUndo ? [] : request.hosts, roles: []).scope)
      // All hosts that answer are locked, also those that are left alone: what is there must not move
      // while it is decided by.
      let all = isUndo ? recall.hosts : try run.hosts().filter { recall.silent[$0.name] == nil }
      let change = try change(release, lease, request.hosts.isEmpty ? all : recall.hosts, start)
      return Plan(
        graph: try run.rollback(recall, request, change: change), change: change,
        release: release, hosts: recall.hosts.map(\.name), without: recall.without)
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

  func record(_ id: String) throws -> ReleaseRecord? {
    try history.records().first { $0.id == id }
  }

  /// What tells this holder of a lock from others.
  ///
  /// One for each checkout, so that a run after one that was killed finds the lock to be its own. The lock of the project sees to it that there is one at
  /// a time.
  private func token() throws -> String {
    guard isAlone else { return RunName.next() }
    let folder = run.state.layout.root
    let file = folder.appending("lease")
    var secret = try FileSystem.read(file) ?? []
    if secret.isEmpty {
      secret = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
      try FileSystem.replace(file, with: secret, mode: 0o600, durable: true)
    }
    return HolderIdentity.token(secret: secret, folder: folder)
  }

  private func change(
    _ release: @escaping @Sendable (ReleaseName) -> ReleaseRecord, _ lease: Lease?,
    _ hosts: [Host], _ start: ReleaseStart
  ) throws -> HostChange {
    let commits = Dictionary(
      try history.records().map { ($0.id, $0.commitSHA) }, uniquingKeysWith: { first, _ in first })
    return HostChange(
      lease: try lease
        ?? Lease(
          hosts: hosts, owner: owner, token: token(), wait: lockWait, over: over,
          onHold: { name in start.begin(name) }),
      owner: run.workspace.owner, release: release,
      commit: { release in commits[release].flatMap { $0.isEmpty ? nil : $0 } })
  }

  private var owner: String { "\(run.workspace.owner) (stagecraft \(goal.text))" }

  private func newRelease(
    _ kind: ReleaseRecord.Kind, _ hosts: [Host], version: String, commit: String = "",
    to target: String? = nil, scope: String
  ) -> @Sendable (ReleaseName) -> ReleaseRecord {
    let environment = run.workspace.environmentName ?? ""
    let owner = self.owner
    return { name in
      var release = ReleaseRecord(
        id: name.id, environment: environment, version: version.isEmpty ? "unknown" : version,
        commitSHA: commit, time: name.time, previousID: name.previous, kind: kind,
        rolledBackTo: target, owner: owner, hosts: hosts.map(\.name))
      release.scope = scope
      release.phases[.build] = .running
      return release
    }
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
}
