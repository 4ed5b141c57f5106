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

  /// The same console under other settings.
  init(settings: Settings, console: Console) {
    self.settings = settings
    self.console = console
  }

  /// Combines flags and variables.
  init(_ options: GlobalOptions) throws(CommandFailure) {
    settings = try Settings(options)
    console = Console(
      color: settings.color, isVerbose: settings.isVerbose, variable: ProcessVariables.value)
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
    let entries = plan.entries
    if let file { try save(plan, of: goal, to: file) }
    switch format {
    case .text where asGraph:
      console.data(TextGraph.render(entries, goal: goal.text, paint: console.dataStyle.paint))
      outlook(entries)
    case .text:
      console.data(
        TextList.render(
          entries, showsAll: settings.isVerbose, paint: console.dataStyle.paint))
      outlook(entries)
    case .dot: console.data(DOT.render(entries, goal: goal.text))
    case .mermaid: console.data(Mermaid.render(entries, goal: goal.text))
    case .json:
      // Nobody reads on after a pipe is closed; what is left to write is then nobody's loss.
      JSONGraph.write(entries, goal: goal.text) { console.data($0) }
    }
    return plan
  }

  /// Says in which order hosts come and how long it will take.
  private func outlook(_ entries: [PlanEntry]) {
    let forecast = ForecastFormat.text(Forecast(entries), entries)
    guard !forecast.isEmpty else { return }
    if let order = RolloutOrder(entries).text { console.data(order + "\n") }
    console.data(forecast)
  }
}
