// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft init`: the first project file.

import ArgumentParser

/// Writes the first project file.
struct Init: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a stagecraft.yml for the project in this folder.",
    discussion: """
      Looks at the Compose file if there is one. Nothing that exists is overwritten; .gitignore gets \
      one more line.

        stagecraft init                            asks for the name and the environments
        stagecraft init --yes                      asks nothing
        stagecraft init --yes --project-name shop  with this name
      """)

  @Flag(name: [.customShort("y"), .customLong("yes")], help: "Ask nothing, take the defaults.")
  var yes = false

  @Option(
    name: .customLong("project-name"),
    help: ArgumentHelp(
      "The name of the project (default: the name of the folder).", valueName: "name"))
  var projectName: String?

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    try await ProjectInitializer(session: session, givenName: projectName, asks: !yes).run()
  }
}
