// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The manual page, in the `man` macros that every system reads. Made of the same values as the pages
// in docs/reference.

/// stagecraft.1.
enum ManualPage {
  /// The text of the page.
  static func render(_ program: CommandHelp) -> String {
    let commands = program.all
    let global = commands.first { !$0.help.globalArguments.isEmpty }?.help.globalArguments ?? []
    var text = """
      .\\" Made from the program: `stagecraft reference`.
      .TH STAGECRAFT 1 "\(Version.released)" "stagecraft \(Version.number)" "User Commands"
      .SH NAME
      stagecraft \\- build and deploy Compose applications as a graph of tasks
      .SH SYNOPSIS
      .B stagecraft
      .I command
      .RI [ arguments ]
      .SH DESCRIPTION

      """
    text += line(program.abstract ?? "") + "\n" + program.prose.map(paragraph).joined()
    text += examples(program.examples)
    text += ".SH COMMANDS\n"
    for (words, help) in commands { text += section(words, help) }
    text += ".SH GLOBAL OPTIONS\n" + global.map { option($0, withNotes: true) }.joined()
    text += ".SH EXIT STATUS\n"
    for status in ExitStatus.allCases {
      text += ".TP\n.B \(status.rawValue)\n\(line(Markdown.capital(status.meaning)))\n"
    }
    text += ".SH ENVIRONMENT\n"
    for variable in KnownVariable.read {
      text += ".TP\n.B \(escaped(variable.name))\n\(line(Markdown.capital(variable.about)))\n"
    }
    text += ".SH FILES\n"
    for file in KnownFile.all {
      text += ".TP\n.I \(escaped(file.path))\n\(line(Markdown.capital(file.about)))\n"
    }
    return text + ".SH SEE ALSO\n.BR docker (1),\n.BR ssh (1)\n"
  }

  private static func section(_ words: [String], _ help: CommandHelp) -> String {
    let name = words.joined(separator: " ")
    var text = ".SS \(escaped(name)) \(escaped(help.usage))\n"
    text += line(help.abstract ?? "") + "\n" + help.prose.map(paragraph).joined()
    text += help.ownArguments.map { option($0, withNotes: false) }.joined()
    return text + examples(help.examples)
  }

  private static func option(_ argument: ArgumentHelpText, withNotes: Bool) -> String {
    var words = argument.meaning
    if !argument.fallback.isEmpty { words += " Default: \(argument.fallback)." }
    if withNotes, !argument.variables.isEmpty {
      words += " Variable: \(argument.variables.joined(separator: ", "))."
    }
    return ".TP\n.B \(escaped(argument.label))\n\(line(words))\n"
  }

  private static func paragraph(_ text: String) -> String { ".PP\n\(line(text))\n" }

  private static func examples(_ lines: [String]) -> String {
    if lines.isEmpty { return "" }
    return ".PP\n.RS 4\n.nf\n" + lines.map { line($0) + "\n" }.joined() + ".fi\n.RE\n"
  }

  /// A line of text: what begins with a dot or an apostrophe would be a request.
  private static func line(_ text: String) -> String {
    let text = escaped(text)
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }

  /// Backslashes and dashes as themselves; names in backticks stand out by themselves.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("`", with: "")
      .replacing("…", with: "...")
  }
}
