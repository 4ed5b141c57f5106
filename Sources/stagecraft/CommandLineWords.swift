// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sorts the words of a command line before they are parsed: global flags may stand before the command
// they belong to. Knows names of commands and of global flags, and no values.

/// The words of a command line, in the order the parser wants them.
struct CommandLineWords: Sendable, Hashable {
  /// Global flags that take the next word as their value.
  private static let withValue: Set<String> = ["--env", "-e", "--config", "-c"]
  /// Global flags that stand alone.
  private static let alone: Set<String> = [
    "--verbose", "-v", "--no-verbose", "--dry-run", "--no-dry-run", "--color", "--no-color",
  ]

  /// What the parser gets.
  let words: [String]
  /// The command and its sub-command, as typed; empty where there is none.
  let command: [String]

  /// Moves the global flags before the command, and before a sub-command, behind it.
  ///
  /// `subcommands` has the commands by name, each with the names of its own sub-commands.
  init(_ typed: [String], subcommands: [String: [String]]) {
    var moved: [String] = []
    var path: [String] = []
    var position = 0
    var level: [String]? = Array(subcommands.keys)
    while position < typed.count, let names = level, !names.isEmpty {
      let word = typed[position]
      if Self.alone.contains(word) || Self.isJoined(word) {
        moved.append(word)
        position += 1
      } else if Self.withValue.contains(word), position + 1 < typed.count {
        moved += typed[position...position + 1]
        position += 2
      } else if names.contains(word) {
        path.append(word)
        position += 1
        level = path.count == 1 ? subcommands[word] : nil
      } else {
        break
      }
    }
    command = path
    // Without a command the words stay as they are, so that messages speak of what was typed.
    words = path.isEmpty ? typed : path + moved + Self.completed(typed[position...])
  }

  /// The same with what is meant by a flag whose value was left out.
  private static func completed(_ words: ArraySlice<String>) -> [String] {
    words.indices.map { index in
      guard words[index] == "--update-images" else { return words[index] }
      let next = index + 1 < words.endIndex ? words[index + 1] : "-"
      return next.hasPrefix("-") ? "--update-images=*" : words[index]
    }
  }

  /// Whether a word is a global flag joined with its value: `--env=prod`, `-eprod`.
  private static func isJoined(_ word: String) -> Bool {
    if word.hasPrefix("--env=") || word.hasPrefix("--config=") { return true }
    return word.utf8.count > 2 && (word.hasPrefix("-e") || word.hasPrefix("-c"))
  }
}
