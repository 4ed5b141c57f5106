// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft run`: tasks of the project file.

import ArgumentParser
import Planning

/// Runs tasks of the project file.
struct Run: RunningCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run tasks of stagecraft.yml and what they need.",
    discussion: """
      A task whose inputs, command and outputs are as its last run left them is not run again.

        stagecraft run lint test          two tasks, at once where they allow it
        stagecraft run lint --force lint  although nothing changed
        stagecraft run test --keep-going  go on after a failure
      """)

  @Argument(
    help: ArgumentHelp("The tasks to run.", valueName: "task"),
    completion: CompletionValues.tasks)
  var tasks: [String]

  @OptionGroup var flags: RunFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    try await session.perform(.run(tasks: tasks), flags)
  }
}
