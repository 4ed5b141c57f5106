// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The page of all commands: a table of them, the flags and variables that all share, then each with
// its arguments and examples. A pure function of what the parser knows.

/// docs/reference/commands.md.
enum CommandsPage {
  /// The text of the page.
  static func render(_ program: CommandHelp) -> String {
    let commands = program.all
    let global = commands.first { !$0.help.globalArguments.isEmpty }?.help.globalArguments ?? []
    var text = Markdown.head(
      "Commands",
      "Data goes to standard output, everything else to standard error. Exit codes: "
        + "[exit-codes.md](exit-codes.md).")
    text += Markdown.table(
      ["command", "does"],
      commands.map { words, help in
        let name = words.joined(separator: " ")
        return ["[`\(name)`](#\(anchor(name)))", Markdown.sentence(help.abstract)]
      })
    text +=
      "\n## Flags of every command\n\nThey stand before or after the command. "
      + "`--no-verbose`, `--no-dry-run` and `--no-color` turn off what a variable turned on.\n\n"
    text += table(global, withVariables: true)
    text += "\n## Environment variables\n\n"
    text += Markdown.table(
      ["variable", "for"], KnownVariable.read.map { ["`\($0.name)`", $0.about] })
    text += "\nTasks that run before or after a phase of a deploy get:\n\n"
    text += Markdown.table(
      ["variable", "for"], KnownVariable.given.map { ["`\($0.name)`", $0.about] })
    for (words, help) in commands { text += section(words, help) }
    return text
  }

  private static func section(_ words: [String], _ help: CommandHelp) -> String {
    let name = words.joined(separator: " ")
    var text = "\n## \(name)\n\n\(help.abstract ?? "")\n\n"
    text += "```\n\(name)\(help.usage.isEmpty ? "" : " " + Markdown.wrapped(help.usage))\n```\n"
    for sentence in help.prose { text += "\n\(sentence)\n" }
    if !help.ownArguments.isEmpty {
      text += "\n" + table(help.ownArguments, withVariables: false)
    }
    if !help.examples.isEmpty {
      text +=
        "\nExamples:\n\n```sh\n" + Markdown.commented(help.examples).joined(separator: "\n")
        + "\n```\n"
    }
    return text
  }

  private static func table(_ arguments: [ArgumentHelpText], withVariables: Bool) -> String {
    Markdown.table(
      ["argument or flag", "default"] + (withVariables ? ["variable"] : []) + ["meaning"],
      arguments.map { argument in
        ["`\(argument.label)`", argument.fallback.isEmpty ? "" : argument.fallback]
          + (withVariables ? [argument.variables.map { "`\($0)`" }.joined(separator: ", ")] : [])
          + [Markdown.sentence(argument.meaning)]
      })
  }

  private static func anchor(_ name: String) -> String {
    name.split(separator: " ").joined(separator: "-")
  }
}
