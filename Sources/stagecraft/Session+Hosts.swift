// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Commands that change the hosts of an environment, from the goal to the exit status: asks where a
// person should be asked, holds the lease, records the release, undoes it where that was asked for.

import Cache
import Planning
import SystemPackage
import TaskGraph
import Tasks

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Session {
  /// How often a goal is planned again because somebody else changed a host meanwhile.
  static let mostPlans = 3

  /// Carries out a goal that is about hosts, or with `--dry-run` says what that would do.
  func change(
    _ goal: Goal, _ flags: RunFlags, _ how: ChangeFlags, savedPlan: SavedPlan? = nil
  ) async throws -> ExitStatus {
    if settings.isDryRun {
      let format: GraphFormat = flags.format == .json ? .json : .text
      // What hosts hold of an old release is theirs to say.
      let asksAround = if case .rollback = goal { true } else { false }
      try await show(goal, force: flags.force, asksAround: asksAround, asGraph: false, format)
      return .success
    }
    let place = try Place(settings)
    let workspace = try await ready(try loaded(place), for: goal)
    let commit = goal.needsVersion ? try await commit(place) : nil
    let version = try await version(of: goal, workspace, place, at: commit)
    try await confirm(goal, workspace, version, flags, how, savedPlan, place)
    let run = try goalRun(
      goal, workspace, RunFlags.Values(flags), isReader: false, version: version,
      permitted: savedPlan?.permitted, place)
    let lock = try projectLock(run.state, goal)
    refreshSchema(workspace)
    let history = ReleaseHistory(layout: run.state.layout, variables: place.environment)
    let change = HostRun(
      session: self, run: run, goal: goal, savedPlan: savedPlan,
      commit: commit ?? "",
      lockWait: try how.wait() ?? workspace.settings?.lockWait, isAlone: lock != nil,
      history: history, over: how.forceOver)
    let outcome = try await change.perform(mostPlans: Self.mostPlans)
    console.note(HostTable(style: console.style).render(outcome.hosts))
    if outcome.hosts.contains(where: { $0.status == .interrupted }) {
      console.note("what was begun is finished by the next `\(goal.text)`")
    }
    let undone = try await undo(outcome, workspace, flags, place, history)
    if settings.isVerbose {
      let traffic = RemoteTraffic.shared.counts
      console.note("ssh: \(traffic.connections) connections, \(traffic.roundTrips) round trips")
    }
    if flags.format == .json { console.data(json(of: outcome, undone)) }
    _ = consume lock
    // What was asked for did not come about, however well it was undone.
    return undone.map { status(of: outcome, after: $0) } ?? outcome.status
  }

  private func json(of outcome: HostRun.Outcome, _ undone: HostRun.Outcome?) -> [UInt8] {
    ReportJSON.render(outcome.report) { writer in
      Self.write(outcome, to: &writer)
      if let undone {
        writer.key("undone")
        writer.object { Self.write(undone, to: &$0) }
      }
      let traffic = RemoteTraffic.shared.counts
      writer.key("traffic")
      writer.object { writer in
        writer.member("connections", traffic.connections)
        writer.member("roundTrips", traffic.roundTrips)
      }
    }
  }

  /// Writes what became of a release and of its hosts.
  private static func write(_ outcome: HostRun.Outcome, to writer: inout JSONWriter) {
    writer.key("release")
    if let release = outcome.release {
      release.write(to: &writer)
    } else {
      writer.null()
    }
    writer.key("hosts")
    writer.array { writer in
      for host in outcome.hosts {
        writer.object { writer in
          writer.member("name", host.name)
          writer.member("status", host.status.rawValue)
          writer.member("release", host.release.id)
          writer.member("changed", list: host.changed)
          writer.member("failure", host.failure)
          writer.key("between")
          writer.array { writer in
            for between in host.between {
              writer.object { writer in
                writer.member("service", between.service)
                writer.member("containers", list: between.containers ?? [])
              }
            }
          }
        }
      }
    }
  }

  /// Carries out a saved plan of that command, in the environment that it was made for.
  func carryOut(
    planIn path: String, of command: String, _ flags: RunFlags, _ how: ChangeFlags
  ) async throws -> ExitStatus {
    let plan = try savedPlan(path)
    guard plan.request.command == command, let goal = plan.plannedGoal else {
      throw CommandFailure(
        .input, "`\(TerminalText.sanitized(path))` is a plan of `\(plan.goal)`",
        hint: "use `stagecraft \(plan.request.command) --plan`")
    }
    if settings.isEnvironmentChosen, settings.environment != plan.environment {
      throw CommandFailure(
        .input,
        "the plan is for environment `\(plan.environment)`, not for `\(settings.environment)`",
        hint: "leave `--env` out: the plan has it")
    }
    return try await choosing(environment: plan.environment)
      .change(goal, flags, how, savedPlan: plan)
  }

  /// The project with all that a goal about hosts needs to know.
  func ready(_ workspace: Workspace, for goal: Goal) async throws -> Workspace {
    guard goal.isOnHosts else { return workspace }
    return try await workspace.withSecrets(commands: SubprocessRunner())
  }

  /// The version that images are named after: in a registry every image of a release carries it.
  ///
  /// `known` is what git says of the work tree, where it was asked already.
  func version(
    of goal: Goal, _ workspace: Workspace, _ place: Place, at known: String? = nil
  ) async throws -> ImageVersion? {
    if let demanded = try await demandedVersion(of: goal, place) { return demanded }
    guard goal.needsVersion else { return nil }
    let isPushed = workspace.settings?.isLocal == false && workspace.project.registry != nil
    let commit = if let known { known } else { try await commit(place) }
    return ImageVersion(commit, isDemanded: isPushed)
  }

  /// Asks the person at the terminal; without one, or with `--yes`, nobody is asked.
  private func confirm(
    _ goal: Goal, _ workspace: Workspace, _ version: ImageVersion?, _ flags: RunFlags,
    _ how: ChangeFlags, _ savedPlan: SavedPlan?, _ place: Place
  ) async throws {
    guard !how.yes, savedPlan == nil, workspace.settings?.isLocal == false,
      isatty(STDIN_FILENO) == 1, StandardStream.error.isTerminal
    else { return }
    let reader = try goalRun(
      goal, workspace, RunFlags.Values(flags), isReader: true, version: version, place)
    let entries = try await reader.plan(
      observers: SubprocessRunner(guardian: ChildGuard(program: place.program)),
      asksAround: true)
    let changing = entries.filter { $0.status != .hit && $0.taskClass == .effect }
    guard !changing.isEmpty else { return }
    console.note(TextList.render(changing, paint: console.style.paint).trimmingEnd())
    let name = workspace.environmentName ?? ""
    StandardStream.error.write("\(goal.text) in \(name)? [y/N] ")
    guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
      throw CommandFailure(.input, "nothing was changed", hint: "`--yes` does not ask")
    }
  }
}
