// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft plan`: what a command would do, without doing it.

import ArgumentParser
import Planning

/// Prints what would run.
struct Plan: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what `build` or `run` would do, task by task, and why.",
    discussion: """
      Reads files only: no engine, no network, no change. `hit` needs nothing, `run` runs, `maybe` \
      runs if what comes before it gives another output.

        stagecraft plan                             the tasks of `build` in order
        stagecraft plan run lint                    the tasks of `run lint`
        stagecraft plan --graph                     a tree in the terminal
        stagecraft plan --graph --format dot        for Graphviz: pipe it into `dot -Tsvg`
        stagecraft plan build api --format json     for programs
      """)

  @Argument(
    help: ArgumentHelp(
      "`build` with services or `run` with tasks; `build` if nothing is given.",
      valueName: "build [service ...] | run task ..."))
  var words: [String] = []

  @Flag(name: .customLong("graph"), help: "Draw the graph instead of listing its tasks.")
  var graph = false

  @Option(name: .customLong("format"), help: "How to print; `dot` and `mermaid` draw the graph.")
  var format: GraphFormat = .text

  @Flag(name: .customLong("push"), help: "Plan a build that pushes.")
  var push = false

  @Option(name: .customLong("version"), help: "The version in tags and labels.")
  var version: String?

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func validate() throws { _ = try goal() }

  func run(in session: Session) async throws -> ExitStatus {
    try await session.show(try goal(), asGraph: graph, format)
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
    case let word?:
      throw ValidationError("`\(word)` is neither `build` nor `run`")
    }
  }
}
