// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft why`: what made a task run, and what a host got last.

import ArgumentParser

/// Says why a task ran.
struct Why: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Say why a task ran, or would run: what changed, from what to what.",
    discussion: """
      Works from records of past runs: no engine, no network. Of a host it says what that got last, \
      when and by whom, and why each effect on it ran or would run.

        stagecraft why image/api/build         the image of the service `api`
        stagecraft why lint                    a task of stagecraft.yml
        stagecraft why image/api/build --tree  from the task down to what changed
        stagecraft why host/web-1 --env prod   what the host `web-1` got last
        stagecraft why host/web-1/rollout/api/start --env prod
      """)

  @Argument(
    help: ArgumentHelp(
      "The task, as `stagecraft plan` names it, or host/NAME.", valueName: "task"),
    completion: CompletionValues.explained)
  var task: String

  @Flag(name: .customLong("tree"), help: "Draw all that led to it, down to what changed.")
  var tree = false

  @Option(name: .customLong("format"), help: "Text for people, or one JSON object.")
  var format: ReportFormat = .text

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let answer = try await session.why(task)
    let style = session.console.dataStyle
    switch answer {
    case _ where format == .json: session.console.data(WhyJSON.render(answer))
    case .task(let task):
      let printer = WhyPrinter(style: style)
      session.console.data(tree ? printer.tree(task) : printer.render(task))
    case .host(let host):
      session.console.data(HostPrinter(style: style).render(host, asTree: tree))
    }
    return .success
  }
}
