// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft why`: what made a task run.

import ArgumentParser

/// Says why a task ran.
struct Why: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Say why a task ran, or would run: what changed, from what to what.",
    discussion: """
      Works from records of past runs: no engine, no network.

        stagecraft why image/api/build   the image of the service `api`
        stagecraft why lint              a task of stagecraft.yml
      """)

  @Argument(
    help: ArgumentHelp("The task, as `stagecraft plan` names it.", valueName: "task"),
    completion: CompletionValues.explained)
  var task: String

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let explanation = try await session.why(task)
    session.console.data(WhyPrinter(style: session.console.dataStyle).render(explanation))
    return .success
  }
}
