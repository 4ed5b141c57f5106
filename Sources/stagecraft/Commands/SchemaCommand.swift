// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft schema`: what stagecraft.yml may hold, for editors and other programs.

import ArgumentParser
import Planning

/// Prints the JSON schema of the project file.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON schema of stagecraft.yml, with which editors complete and check it.",
    discussion: """
      A project file whose first lines name `.stagecraft/schema.json`, as those that `init` writes do, \
      needs no more than this: `init` and every run keep that file up to date.

        stagecraft schema > stagecraft.schema.json
        # yaml-language-server: $schema=stagecraft.schema.json    in the project file
      """)

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run() { StandardStream.output.write(JSONSchema.text) }
}
