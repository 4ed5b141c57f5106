// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes the commands that GitHub Actions reads from a log: groups and annotations, escaped by its
// rules; and makes text of others harmless that would be such a command. Pure.

import TaskGraph

/// Writes workflow commands.
///
/// The rules are those of the toolkit of GitHub Actions (`@actions/core`, command.ts).
enum WorkflowCommand {
  /// Begins lines that can be folded.
  static func group(_ title: String) -> String {
    "::group::\(data(TerminalText.sanitized(title)))\n"
  }

  /// Ends lines that can be folded.
  static let endGroup = "::endgroup::\n"

  /// An error or a warning, at a place in a file where there is one.
  static func annotation(_ message: Message, title: String? = nil) -> String {
    let name = message.level == .note ? "notice" : message.level.rawValue
    var properties: [String] = []
    if let place = message.place {
      properties += [
        "file=\(property(place.file))", "line=\(place.line)", "col=\(place.column)",
      ]
    }
    if let title { properties.append("title=\(property(title))") }
    let hint = message.hint.map { "\nhint: \($0)" } ?? ""
    let head = ([name] + (properties.isEmpty ? [] : [properties.joined(separator: ",")]))
    return "::\(head.joined(separator: " "))::\(data(clean(message.text + hint)))\n"
  }

  /// A line that is no command, whatever it says.
  ///
  /// What tasks print is not ours: with a space of no width in it the line looks the same.
  static func inert(_ line: String) -> String {
    let text = line.replacing("##[", with: "##\u{200B}[")
    return text.drop(while: \.isWhitespace).hasPrefix("::") ? "\u{200B}" + text : text
  }

  /// What stands after the last `::`.
  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(clean(text)).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  /// The text without what steers a terminal; line breaks stay.
  private static func clean(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { TerminalText.sanitized(String($0)) }.joined(separator: "\n")
  }
}
