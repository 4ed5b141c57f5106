// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft plan`: what a command would do, without doing it.

import ArgumentParser
import Planning

/// Prints what would run.
struct Plan: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what a command would do, task by task, and why.",
    discussion: """
      Reads files only: no engine, no network, no change. `hit` needs nothing, `run` runs, `maybe` \
      runs if what comes before it gives another output. With --refresh the engine, the registry, \
      hosts and databases are asked as well, and still nothing is changed.

        stagecraft plan                             the tasks of `build` in order
        stagecraft plan run lint                    the tasks of `run lint`
        stagecraft plan --graph                     a tree in the terminal
        stagecraft plan --graph --format dot        for Graphviz: pipe it into `dot -Tsvg`
        stagecraft plan build api --format json     for programs
        stagecraft plan deploy --env prod --refresh after asking the hosts
        stagecraft plan deploy --env prod --refresh --save prod.plan
      """)

  @Argument(
    help: ArgumentHelp(
      "`build` with services, `run` with tasks, `deploy` or `rollback`; `build` if nothing is given.",
      valueName: "build [service ...] | run task ... | deploy | rollback"))
  var words: [String] = []

  @Flag(name: .customLong("graph"), help: "Draw the graph instead of listing its tasks.")
  var graph = false

  @Option(name: .customLong("format"), help: "How to print; `dot` and `mermaid` draw the graph.")
  var format: GraphFormat = .text

  @Flag(name: .customLong("push"), help: "Plan a build that pushes.")
  var push = false

  @Option(name: .customLong("version"), help: "The version in tags and labels.")
  var version: String?

  @Flag(
    name: .customLong("refresh"),
    help: "Ask engine, registry, hosts and databases too; changes nothing.")
  var refresh = false

  @Option(
    name: .customLong("save"),
    help: ArgumentHelp(
      "Also write the plan to this file, for `deploy --plan`.", valueName: "file"))
  var save: String?

  @OptionGroup(title: "Of `plan deploy`") var selection: SelectionFlags
  @OptionGroup(title: "Of `plan rollback`") var target: RollbackFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func validate() throws { _ = try goal() }

  func run(in session: Session) async throws -> ExitStatus {
    try await session.show(
      try goal(), asksAround: refresh, asGraph: graph, format, savingTo: save)
    return .success
  }

  private func goal() throws -> Goal {
    let names = Array(words.dropFirst())
    switch words.first {
    case nil, "build": return .build(services: names, push: push, version: version)
    case "run" where names.isEmpty: throw ValidationError("`plan run` needs the name of a task")
    case "run" where push || version != nil:
      throw ValidationError("`--push` and `--version` belong to `plan build`")
    case "run": return .run(tasks: names)
    case "deploy" where !names.isEmpty:
      throw ValidationError("`plan deploy` takes flags only: use `--services \(names[0])`")
    case "deploy": return .deploy(DeployRequest(selection: selection.value, version: version))
    case "rollback" where !names.isEmpty:
      throw ValidationError("`plan rollback` takes flags only")
    case "rollback":
      return .rollback(RollbackRequest(target: try target.value(), hosts: selection.hosts))
    case let word?:
      throw ValidationError(
        "`\(TerminalText.sanitized(word))` is none of `build`, `run`, `deploy` and `rollback`")
    }
  }
}
