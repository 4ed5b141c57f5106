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
        stagecraft plan --format html > plan.html   a page: zoom, search, look at each task
        stagecraft plan --format svg > plan.svg     a drawing, made by Graphviz
        stagecraft plan build api --format json     for programs
        stagecraft plan deploy --env prod --refresh after asking the hosts
        stagecraft plan deploy --env prod --output prod.plan
        stagecraft plan deploy --env prod --refresh --check
        stagecraft plan affected --file api/server.py   what a change of it would touch
      """)

  @Argument(
    help: ArgumentHelp(
      "`build` with services, `run` with tasks, `deploy`, `rollback` or `affected`; `build` if nothing is given.",
      valueName: "build [service ...] | run task ... | deploy | rollback | affected"),
    completion: CompletionValues.goals)
  var words: [String] = []

  @Flag(name: .customLong("graph"), help: "Draw the graph instead of listing its tasks.")
  var graph = false

  @Option(
    name: .customLong("format"), help: "How to print; all but `text` and `json` draw the graph.")
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
    name: [.customShort("o"), .customLong("output"), .customLong("save")],
    help: ArgumentHelp(
      "Ask around and write the plan to this file, for `deploy --plan`.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(
    name: .customLong("check"), help: "Exit with 4 if anything would run, with 0 if nothing would.")
  var check = false

  @Option(
    name: .customLong("file"),
    help: ArgumentHelp(
      "Of `plan affected`: a file that would change; may be repeated.", valueName: "path"),
    completion: .file())
  var files: [String] = []

  @Option(
    name: .customLong("env-var"),
    help: ArgumentHelp(
      "Of `plan affected`: a variable that would change; may be repeated.", valueName: "name"))
  var variables: [String] = []

  @Option(
    name: .customLong("service"),
    help: ArgumentHelp(
      "Of `plan affected`: a service that would change; may be repeated.", valueName: "name"),
    completion: CompletionValues.services)
  var changedServices: [String] = []

  @OptionGroup(title: "Of `plan deploy`") var selection: SelectionFlags
  @OptionGroup(title: "Of `plan rollback`") var target: RollbackFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  private var supposed: SupposedChange {
    SupposedChange(files: files, variables: variables, services: changedServices)
  }

  func validate() throws {
    guard words.first == "affected" else {
      guard supposed.isEmpty else {
        throw ValidationError(
          "`--file`, `--env-var` and `--service` belong to `plan affected`")
      }
      // What is wrong with a target of `rollback` is said with its hint, where the command runs.
      do { _ = try goal() } catch is ProjectError {}
      return
    }
    guard words.count == 1 else { throw ValidationError("`plan affected` takes flags only") }
    guard !supposed.isEmpty else {
      throw ValidationError("`plan affected` needs `--file`, `--env-var` or `--service`")
    }
    guard format == .text || format == .json, output == nil, !check else {
      throw ValidationError("`plan affected` prints text or JSON")
    }
  }

  func run(in session: Session) async throws -> ExitStatus {
    if words.first == "affected" {
      try session.show(affected: try await session.affected(by: supposed), format)
      return .success
    }
    let plan = try await session.show(
      try goal(), asksAround: refresh || output != nil, asGraph: graph, format, savingTo: output)
    if let refusal = plan.refusal {
      throw CommandFailure(
        .outside, "this would be refused: \(TerminalText.sanitized(refusal.cause))",
        hint: refusal.advice.map(TerminalText.sanitized))
    }
    guard check else { return .success }
    if let first = plan.unanswered.first {
      throw CommandFailure(
        .outside, "`\(first.id)` could not be answered: \(TerminalText.sanitized(first.cause))")
    }
    return plan.isPending ? .pending : .success
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
    case "deploy":
      return .deploy(
        DeployRequest(
          selection: selection.value, version: version, updates: selection.updates,
          allowsNewVolumes: selection.newVolumes, adopts: selection.adopt))
    case "rollback" where !names.isEmpty:
      throw ValidationError("`plan rollback` takes flags only")
    case "rollback":
      return .rollback(RollbackRequest(target: try target.value(), hosts: selection.hosts))
    case let word?:
      throw ValidationError(
        "`\(TerminalText.sanitized(word))` is none of `build`, `run`, `deploy`, `rollback` and `affected`"
      )
    }
  }
}
