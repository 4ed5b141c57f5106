// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One command at work: the settings it runs under, its way out, and the path from a goal to an exit
// status. The engine's side of it is in Session+Engine.swift.

import Planning
import TaskGraph

/// What every command on a project starts from.
struct Session: Sendable {
  let settings: Settings
  let console: Console

  private init(settings: Settings, console: Console) {
    self.settings = settings
    self.console = console
  }

  /// The same command on another environment.
  func choosing(environment: String) -> Session {
    Session(settings: settings.choosing(environment: environment), console: console)
  }

  /// Combines flags and variables; opens the file that `--events` names before anything runs.
  init(_ options: GlobalOptions, _ flags: RunFlags? = nil) throws(CommandFailure) {
    settings = try Settings(options)
    let progress = try Self.progress(flags?.progress, variable: ProcessVariables.value)
    if flags?.events != nil, settings.isDryRun {
      throw CommandFailure(
        .input, "`--events` tells of a run, and with `--dry-run` there is none",
        hint: "`stagecraft plan --format json` says what would run")
    }
    var file: EventFile?
    if let path = flags?.events { file = try EventFile(path) }
    var traces: TraceSettings?
    var fault: TraceSettings.Fault?
    if flags != nil {
      do throws(TraceSettings.Fault) { traces = try .read(ProcessVariables.value) } catch {
        fault = error
      }
    }
    console = Console(
      color: settings.color, isVerbose: settings.isVerbose, progress: progress, eventFile: file,
      traces: traces.map { Traces($0) }, variable: ProcessVariables.value)
    if let fault { console.warning("no traces are sent: \(fault.message)") }
  }

  /// How runs are shown: the flag wins over the variable.
  static func progress(
    _ flag: ProgressMode?, variable: (String) -> String?
  ) throws(CommandFailure) -> ProgressMode {
    if let flag { return flag }
    guard let text = variable("STAGECRAFT_PROGRESS"), !text.isEmpty else { return .auto }
    guard let mode = ProgressMode(rawValue: text) else {
      let known = ProgressMode.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw CommandFailure(
        .input,
        "`STAGECRAFT_PROGRESS` is `\(TerminalText.sanitized(text))`, which names no display",
        hint: "use one of \(known)")
    }
    return mode
  }

  /// Carries out a goal, or with `--dry-run` says what that would do.
  func perform(_ goal: Goal, _ flags: RunFlags) async throws -> ExitStatus {
    if settings.isDryRun {
      let format: GraphFormat = flags.format == .json ? .json : .text
      try await show(goal, force: flags.force, asGraph: false, format)
      return .success
    }
    let result = try await execute(goal, flags)
    if flags.format == .json {
      console.data(
        ReportJSON.render(result.report) { writer in
          writer.write(images: BuiltImageList(result.effects))
        })
    }
    return ExitStatus(result.report)
  }

  /// Prints the plan of a goal as data.
  @discardableResult
  func show(
    _ goal: Goal, force: [String] = [], asksAround: Bool = false, asGraph: Bool,
    _ format: GraphFormat, savingTo file: String? = nil
  ) async throws -> Evaluated {
    let plan = try await plan(goal, force: force, asksAround: asksAround)
    if let file { try save(plan, of: goal, to: file) }
    try await show(plan, of: goal, asGraph: asGraph, format)
    return plan
  }
}
