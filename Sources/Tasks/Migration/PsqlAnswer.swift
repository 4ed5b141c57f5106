// SPDX-License-Identifier: AGPL-3.0-or-later
//
// All that psql wrote, in parts: our own marks, its messages, how it ended. Judges nothing.

/// What one run of psql came to.
package struct PsqlAnswer: Sendable {
  /// What follows our mark on each line that has it.
  package private(set) var marks: [String] = []
  /// In the order in which they came.
  package private(set) var messages: [PsqlMessage] = []
  /// Lines of neither kind.
  package private(set) var others: [String] = []
  /// The status psql ended with; nil where that is not known.
  package private(set) var status: Int32?

  /// Reads the lines that the script around psql gave.
  package init(_ output: String) {
    var isInMessage = false
    for line in output.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) {
      if line.hasPrefix(MigrationScript.mark) {
        isInMessage = false
        let mark = String(line.dropFirst(MigrationScript.mark.count))
        if mark.hasPrefix("status ") {
          status = Int32(mark.dropFirst("status ".count))
        } else {
          marks.append(mark)
        }
      } else if let message = PsqlMessage(line) {
        messages.append(message)
        isInMessage = true
      } else if isInMessage {
        messages[messages.count - 1].append(line)
      } else {
        others.append(line)
      }
    }
  }

  /// What follows `word` on our marks.
  package func marks(_ word: String) -> [String] {
    marks.compactMap { mark in
      if mark == word { return "" }
      return mark.hasPrefix(word + " ") ? String(mark.dropFirst(word.count + 1)) : nil
    }
  }

  /// Whether there is such a mark.
  package func has(_ word: String) -> Bool { !marks(word).isEmpty }

  /// The message that stopped psql.
  package var error: PsqlMessage? { messages.last(where: \.isError) }

  /// What the server said beside errors.
  package var notices: [String] { messages.filter { !$0.isError }.map(\.text) }
}
