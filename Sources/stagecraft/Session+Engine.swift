// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The seam between the commands and the engine: each function here is one request to it. Commands
// know no more of the engine than these.

import Cache
import Planning
import SystemPackage
import TaskGraph
import Tasks

extension Session {
  private static let mostPlanned = 1_000

  /// What a run of `goal` would do, in an order in which it could run.
  ///
  /// With `asksAround` engine, registry and hosts are asked; nothing is changed either way.
  func plan(
    _ goal: Goal, force: [String], asksAround: Bool = false
  ) async throws -> Evaluated {
    let place = try Place(settings)
    let workspace = try await ready(try loaded(place), for: goal)
    let run = try goalRun(
      goal, workspace, RunFlags.Values(force: force), isReader: true,
      version: goal.isOnHosts
        ? try await version(of: goal, workspace, place)
        : try await demandedVersion(of: goal, place), place)
    if case .rollback(let request) = goal, !asksAround { try sayWhatIsRemembered(request, run) }
    if case .deploy(let request) = goal {
      for note in try run.fileNotes() { console.note("note: \(note)") }
      if !asksAround, !request.updates.isEmpty {
        console.note("what images are now is not asked here; `--refresh` asks registries")
      }
    }
    let entries = try await run.plan(
      observers: SubprocessRunner(guardian: ChildGuard(program: place.program)),
      asksAround: asksAround, looksForUpdates: asksAround)
    return Evaluated(entries: entries, run: run)
  }

  /// Says what a plan that asks no host knows of the release to go back to.
  private func sayWhatIsRemembered(_ request: RollbackRequest, _ run: GoalRun) throws {
    let recall = try run.rememberedRecall(request)
    let id = recall.release?.id ?? ""
    console.note("back to `\(id)`, as far as this checkout knows it; `--refresh` asks the hosts")
    for host in recall.without {
      console.warning("what `\(host)` is in `\(id)` is not known here: it is left out")
    }
  }

  /// Runs `goal`; shows it and records it meanwhile.
  func execute(_ goal: Goal, _ flags: RunFlags) async throws -> RunResult {
    let clock = RunClock()
    let place = try Place(settings)
    let values = RunFlags.Values(flags)
    var version = try await demandedVersion(of: goal, place)
    let proof = UpToDateProof(
      root: place.location.root, configuration: place.location.file, goal: goal,
      settings: [
        settings.isEnvironmentChosen ? settings.environment : "",
        version?.text ?? "", place.salt,
      ])
    // A forced run has something to do, a verbose one logs to replay, JSON tasks to list.
    let mayProve = values.force.isEmpty && !settings.isVerbose && flags.format == .text
    if mayProve, let summary = await held(proof, place) {
      let report = RunReport(
        id: RunName.next(), goal: goal.text, entries: [], duration: clock.elapsed,
        wasInterrupted: false)
      console.showProven(report, summary: String(decoding: summary, as: UTF8.self))
      return RunResult(report: report, proof: nil, effects: [:])
    }
    let workspace = try loaded(place)
    if version == nil, goal.needsVersion {
      version = ImageVersion(try await commit(place), isDemanded: false)
    }
    let run = try goalRun(goal, workspace, values, isReader: false, version: version, place)
    let lock = try projectLock(run.state, goal)
    refreshSchema(workspace)
    let collector = Collector(
      layout: run.state.contents.layout, budget: workspace.project.cacheSize.map(Int64.init))
    let hold = holdCache(collector)
    let result = try await carryOut(run, proof, place)
    let isCollectable = hold != nil
    // Held until here: what comes after the run may meet another one.
    _ = consume hold
    _ = consume lock
    if isCollectable, result.report.counts.executed > 0 { collectSometimes(collector) }
    return result
  }

  private func carryOut(
    _ run: GoalRun, _ proof: UpToDateProof, _ place: Place
  ) async throws -> RunResult {
    let id = RunName.next()
    var kept: TaskIndex? = TaskIndex.load(run.state.layout.taskIndex)
    let graph = try await run.graph(keeping: &kept, runID: id)
    let result = try await shown(run, graph, kept ?? TaskIndex(), id: id)
    record(result, run, proof, place)
    return result
  }

  /// Runs a graph, shown to the user and recorded in a folder of its own; what was learned is kept.
  ///
  /// `onEvent` sees each event as it comes.
  func shown(
    _ run: GoalRun, _ graph: Graph, _ index: TaskIndex, id: String,
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws -> RunResult {
    if let force = run.options.force, !graph.nodes.contains(where: { force.matches($0.id.text) }) {
      console.warning("`--force` names no task of this run; `stagecraft plan` lists them")
    }
    // A plan of very many tasks is worth less to a reader than the time that it costs.
    let plan =
      graph.nodes.count <= Self.mostPlanned ? await run.entries(of: graph, index: index) : []
    let outline =
      console.wantsOutline(of: graph.nodes.count)
      ? RunOutline(graph, plan: plan, index: index) : nil
    let events = EventChannel()
    let journal = RunJournal(
      in: run.state.layout.root, plan: plan, graph: graph, environment: run.environmentName)
    async let shown = console.follow(events, journal: journal)
    let ended = await Interruption.watch(
      asked: {
        events.send(Event(.warning(nil, InterruptionText.first(HostWork.shared.running)), time: 0))
      },
      atOnce: {
        StandardStream.error.write(InterruptionText.atOnce(HostWork.shared.running))
      }
    ) { () -> (RunResult, TaskIndex) in
      var index = index
      let result = await run.run(graph, id: id, index: &index) { event in
        onEvent(event)
        events.send(event)
        if case .runStarted = event.kind, let outline {
          events.send(Event(.planned(outline), time: event.time))
        }
      }
      events.finish()
      return (result, index)
    }
    _ = await shown
    guard let (result, learned) = ended else {
      throw CommandFailure(.bug, "a run ended without a report")
    }
    var last = learned
    for warning in run.save(&last) { console.warning(warning) }
    return result
  }

  /// Keeps the proof that nothing is to be done, where there is one.
  private func record(
    _ result: RunResult, _ run: GoalRun, _ proof: UpToDateProof, _ place: Place
  ) {
    guard let found = result.proof, run.options.force == nil else { return }
    // The proof is checked without the environment's file; what that says of Docker would be missing.
    let docker = ChildEnvironment.docker + ChildEnvironment.always
    guard docker.allSatisfy({ run.workspace.environment[$0] == place.environment[$0] }) else {
      return
    }
    // What the project's file is warned about, it is warned about each time.
    let summary =
      DiagnosticPrinter(style: console.style).render(
        run.workspace.warnings, sources: run.workspace.sources)
      + SummaryPrinter(style: console.style).proven(result.report)
    do throws(CacheError) {
      try proof.record(
        found, reads: run.workspace.reads, environment: place.environment,
        summary: Array(summary.utf8))
    } catch {
      console.warning(error.description)
    }
  }

  private func held(_ proof: UpToDateProof, _ place: Place) async -> [UInt8]? {
    await proof.holds(environment: place.environment) { observation in
      let question = Observers.question(kind: observation.kind, request: observation.request)
      guard let question else { return nil }
      let (state, _) = ProjectState.open(
        root: place.location.root, environment: place.environment, isReader: true)
      let inquiry = Inquiry(
        state: state, commands: SubprocessRunner(), environment: place.environment)
      do throws(TaskError) {
        return try await inquiry.digest(of: question)
      } catch {
        // The run that follows meets the same trouble and says so.
        return nil
      }
    }
  }

  /// Reads an existing project file; throws where it cannot be used as it is.
  func checkProject(at path: FilePath, shownAs name: String) throws {
    let source = try ProjectLocator.read(
      ProjectLocation(root: path.removingLastComponent(), file: path, shownFile: name))
    let (project, diagnostics) = ProjectReader.read(file: source)
    if project == nil { throw ProjectFailure(diagnostics: diagnostics, sources: [source]) }
    console.diagnostics(diagnostics, sources: [source])
  }

  // MARK: Shared steps

  func loaded(_ place: Place) throws -> Workspace {
    do throws(Workspace.LoadFailure) {
      let workspace = try Workspace.load(
        place.location,
        environmentName: settings.isEnvironmentChosen ? settings.environment : nil,
        process: place.environment)
      console.diagnostics(workspace.warnings, sources: workspace.sources)
      return workspace
    } catch {
      throw ProjectFailure(diagnostics: error.error.diagnostics, sources: error.sources)
    }
  }

  func goalRun(
    _ goal: Goal, _ workspace: Workspace, _ values: RunFlags.Values, isReader: Bool,
    version: ImageVersion?, permitted: Set<TaskID>? = nil, _ place: Place
  ) throws -> GoalRun {
    let (state, warnings) = ProjectState.open(
      root: workspace.root, environment: place.environment, isReader: isReader)
    for warning in warnings { console.warning(warning) }
    var options = RunOptions(
      // On hosts, what is in flight ends; gates in the graph stop what has not begun.
      keepsGoing: values.keepsGoing || goal.isOnHosts, force: try values.glob(),
      replaysLogs: settings.isVerbose, salt: place.salt)
    options.permitted = permitted
    options.redaction = Redaction(workspace.secretValues)
    return GoalRun(
      workspace: workspace, goal: goal, version: version ?? ImageVersion("", isDemanded: false),
      state: state, options: options,
      commands: SubprocessRunner(guardian: ChildGuard(program: place.program)),
      jobs: values.jobs, engineJobs: values.engineJobs)
  }

  /// The version that every image must carry; nil where none was asked for and nothing is pushed.
  func demandedVersion(of goal: Goal, _ place: Place) async throws -> ImageVersion? {
    switch goal {
    case .build(_, let push, let version):
      if let version { return ImageVersion(version, isDemanded: true) }
      return push ? ImageVersion(try await commit(place), isDemanded: true) : nil
    case .deploy(let request): return request.version.map { ImageVersion($0, isDemanded: true) }
    case .run, .migrate, .rollback, .unlock: return nil
    }
  }

  func commit(_ place: Place) async throws -> String {
    try await GitVersion.current(
      directory: place.location.root.string, environment: place.environment,
      commands: SubprocessRunner())
  }

  /// Two runs in one project go one after the other: the second finds everything done.
  func projectLock(_ state: ProjectState, _ goal: Goal) throws -> FileLock? {
    // A hook of a deploy that calls this program: the run that holds the lock waits for it.
    if ProcessVariables.value(Lease.variable) != nil { return nil }
    let path = state.layout.lock
    do throws(CacheError) {
      let words = "stagecraft \(goal.text)"
      if let lock = try FileLock.acquire(
        path, mode: .exclusive, wait: false, description: words)
      {
        return lock
      }
      let holder = FileLock.holder(of: path) ?? "another run"
      console.note("waiting for \(holder) in this project")
      return try FileLock.acquire(path, mode: .exclusive, wait: true, description: words)
    } catch {
      // A project that cannot be written has nothing that two runs could spoil.
      console.warning(error.description)
      return nil
    }
  }

  /// Keeps the cache within its budget: at most once a day, after a run that added to it.
  private func collectSometimes(_ collector: Collector) {
    do throws(CacheError) {
      _ = try collector.collect(force: false)
    } catch {
      console.warning(error.description)
    }
  }

  private func holdCache(_ collector: Collector) -> FileLock? {
    do throws(CacheError) {
      return try collector.holdForRun()
    } catch {
      // Where no lock can be written, no result can be: the run warns of the first one.
      return nil
    }
  }
}
