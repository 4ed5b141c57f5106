// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One statement of a SQL file, as far as its first words. Knows no grammar beyond them.

/// One statement of a SQL file.
package struct SQLStatement: Sendable, Hashable {
  /// The offset of its first word.
  package let start: Int
  /// The offset behind its `;`, or behind its last byte where the file ends without one.
  package let end: Int
  /// Whether it ends with `;`.
  package let isTerminated: Bool
  /// Its first words outside of quotes and parentheses, in upper case.
  package let words: [String]

  /// The most words that are kept of a statement.
  static let mostWords = 8

  /// How a statement starts or ends a transaction.
  package enum Control: Sendable, Hashable {
    case opens
    case ends
    /// Ends one and opens the next.
    case chains
  }

  /// Whether it starts or ends a transaction; savepoints do neither.
  package var control: Control? {
    let second = words.count > 1 ? words[1] : ""
    switch words.first {
    case "BEGIN", "START": return .opens
    case "COMMIT", "END", "ABORT": return ending
    case "ROLLBACK": return words.contains("TO") ? nil : ending
    case "PREPARE": return second == "TRANSACTION" ? .ends : nil
    default: return nil
    }
  }

  private var ending: Control {
    guard let chain = words.firstIndex(of: "CHAIN") else { return .ends }
    return words[chain - 1] == "NO" ? .ends : .chains
  }
}
