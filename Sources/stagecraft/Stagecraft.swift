// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The door of the program: the list of commands. What happens behind it is in CommandRun.

import ArgumentParser
import Tasks

/// The program.
@main
struct Stagecraft: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stagecraft",
    abstract: "Builds a Compose application as a graph of tasks that run only when they must.",
    discussion: """
      Global flags (--env, --config, --verbose, --dry-run, --no-color) stand before or after the \
      command.

        stagecraft init                 write a stagecraft.yml in this folder
        stagecraft build                build every image that is not up to date
        stagecraft plan --graph         draw what would run, and why
        stagecraft why image/api/build  say what changed
        stagecraft report               show what the last run did, and when
      """,
    subcommands: [
      Init.self, Build.self, Run.self, Plan.self, Deploy.self, Rollback.self, Unlock.self,
      Migrate.self, Why.self, Report.self, ReleasesCommand.self, Diff.self, CacheCommand.self,
      SchemaCommand.self, Completions.self, Version.self, Reference.self,
    ])

  static func main() async {
    if CommandLine.arguments.dropFirst().first == ChildGuard.argument { ChildGuard.serve() }
    StandardStream.ignoreClosedPipes()
    let status = await CommandRun.run(Array(CommandLine.arguments.dropFirst()))
    status.exit()
  }
}
