// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the sentences of errors in the text of a source file: the first text of each place that makes
// an error, with a sign for what is filled in. Knows as much of Swift as that needs.

import Foundation

/// The sentence of one error, as the source has it.
struct ErrorSentences {
  /// What it is, with `…` for each fact.
  let text: String

  /// The names of what makes an error; promises inside the program are not among them.
  private static let makers = ["TaskError(", "CommandFailure(", "ValidationError(", ".stated("]

  /// The sentences of a file.
  static func all(in source: String) -> [ErrorSentences] {
    let code = source.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
    let bytes = Array(code.utf8)
    var found: [ErrorSentences] = []
    for maker in makers {
      var rest = code.startIndex..<code.endIndex
      while let match = code.range(of: maker, range: rest) {
        rest = match.upperBound..<code.endIndex
        let start = code.utf8.distance(from: code.startIndex, to: match.upperBound)
        let words = firstText(of: bytes, from: start)
        let isPromise = words.before.contains(".invariant") || words.before.contains(".bug")
        if !isPromise, words.text.count(where: { $0 == " " }) > 1 {
          found.append(ErrorSentences(text: words.text))
        }
      }
    }
    return found
  }

  /// Whether it stands somewhere in `corpus`, whatever its facts are.
  func isFound(in corpus: String) -> Bool {
    let parts = text.split(separator: "…").map(String.init)
    var from = corpus.startIndex
    guard let first = parts.first else { return true }
    while let start = corpus.range(of: first, range: from..<corpus.endIndex) {
      var end = start.upperBound
      let isWhole = parts.dropFirst().allSatisfy { part in
        let limit = corpus.index(end, offsetBy: 200, limitedBy: corpus.endIndex) ?? corpus.endIndex
        guard let next = corpus.range(of: part, range: end..<limit) else { return false }
        end = next.upperBound
        return true
      }
      if isWhole { return true }
      from = start.upperBound
    }
    return false
  }

  /// The first text of the arguments that begin at `start`, its pieces put together; and what stands
  /// before it.
  private static func firstText(
    of bytes: [UInt8], from start: Int
  ) -> (text: String, before: String) {
    var position = start
    var depth = 1
    var text: [UInt8] = []
    while position < bytes.count, depth > 0 {
      switch bytes[position] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: "\""):
        let before = String(decoding: bytes[start..<position], as: UTF8.self)
        // The name in `.stated(id: "x", …)` and in a code is no sentence.
        let piece = literal(bytes, &position)
        if !piece.contains(0x20) { break }
        text += piece
        while let next = joined(bytes, position) {
          position = next
          text += literal(bytes, &position)
        }
        return (String(decoding: text, as: UTF8.self), before)
      default: break
      }
      position += 1
    }
    return ("", "")
  }

  /// Where the next piece begins, if a plus joins it.
  private static func joined(_ bytes: [UInt8], _ position: Int) -> Int? {
    var next = position + 1
    var hasPlus = false
    while next < bytes.count {
      switch bytes[next] {
      case 0x20, 0x0A: break
      case UInt8(ascii: "+") where !hasPlus: hasPlus = true
      case UInt8(ascii: "\"") where hasPlus: return next
      default: return nil
      }
      next += 1
    }
    return nil
  }

  /// A text from its quote on, with `…` for what is filled in; leaves `position` at its last quote.
  private static func literal(_ bytes: [UInt8], _ position: inout Int) -> [UInt8] {
    var text: [UInt8] = []
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      guard bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count else {
        text.append(bytes[position])
        position += 1
        continue
      }
      position += 1
      guard bytes[position] == UInt8(ascii: "(") else {
        text.append(bytes[position])
        position += 1
        continue
      }
      var depth = 0
      repeat {
        switch bytes[position] {
        case UInt8(ascii: "("): depth += 1
        case UInt8(ascii: ")"): depth -= 1
        case UInt8(ascii: "\""): _ = literal(bytes, &position)
        default: break
        }
        position += 1
      } while depth > 0 && position < bytes.count
      text += Array("…".utf8)
    }
    return text
  }
}
