// SPDX-License-Identifier: AGPL-3.0-or-later
// What libyaml says about a faulty text, put into plain words and moved to the place where the
// mistake was made. It does not know how messages are printed.

import CLibYAML

/// A fault as libyaml reports it.
struct SyntaxFault {
  /// The part of libyaml that stopped.
  enum Origin { case grammar, reader, memory }

  let origin: Origin
  let problem: String
  let context: String
  let problemMark: yaml_mark_t
  let contextMark: yaml_mark_t
  let byteOffset: Int
  let value: Int32

  /// The fault in our words.
  func error(_ finder: inout MarkFinder) -> YAMLError {
    switch origin {
    case .memory: YAMLError(.outOfMemory, at: .start)
    case .reader: readerError(finder)
    case .grammar: grammarError(&finder)
    }
  }

  private func readerError(_ finder: MarkFinder) -> YAMLError {
    let mark = finder.mark(atByte: byteOffset)
    return problem == "control characters are not allowed"
      ? YAMLError(.invalidCharacter(UInt32(bitPattern: value)), at: mark)
      : YAMLError(.invalidUTF8, at: mark)
  }

  private func grammarError(_ finder: inout MarkFinder) -> YAMLError {
    let place = finder.mark(problemMark)
    let opening = finder.mark(contextMark)
    let byte = finder.byte(at: place)
    switch (context, problem) {
    case ("while scanning a quoted scalar", "found unexpected end of stream"),
      ("while scanning a quoted scalar", "found unexpected document indicator"):
      return fault("this quote is never closed", opening)
    case (_, "found a tab character that violates indentation"),
      (_, "found a tab character where an indentation space is expected"):
      return fault(SyntaxFault.tab, place)
    case (_, "found character that cannot start any token"):
      guard let byte, byte != UInt8(ascii: "\t") else { return fault(SyntaxFault.tab, place) }
      let character = byte == UInt8(ascii: "`") ? "a backtick" : "`\(UnicodeScalar(byte))`"
      return fault("a text that begins with \(character) must stand in quotes", place)
    case ("while scanning a simple key", _):
      return fault("this line is no `key: value`; a `:` is missing", opening)
    case ("while parsing a flow sequence", _):
      return unclosed("list", "]", opening, place)
    case ("while parsing a flow mapping", _):
      return unclosed("mapping", "}", opening, place)
    case ("while parsing a block mapping", _):
      return fault(blockMapping(byte, keyColumn: opening.column, column: place.column), place)
    case ("while parsing a block collection", _):
      return fault("expected `-` for the next element of the list, or another indentation", place)
    case (_, "did not find expected node content"):
      guard byte != nil else {
        return fault("the file ends inside a list or mapping: `]` or `}` is missing", place)
      }
      if byte == UInt8(ascii: ":") { return YAMLError(.missingKey, at: place) }
      return fault("a value is missing here", place)
    default:
      return fault(SyntaxFault.words[problem] ?? problem, place)
    }
  }

  private func fault(_ words: String, _ mark: Mark) -> YAMLError {
    YAMLError(.syntax(words), at: mark)
  }

  private func unclosed(
    _ kind: String, _ bracket: String, _ opening: Mark, _ place: Mark
  ) -> YAMLError {
    let expected = "expected `,` or `\(bracket)`"
    return place.line == opening.line
      ? fault("\(expected) here", place)
      : fault("this \(kind) is not closed: \(expected) before line \(place.line)", opening)
  }

  private func blockMapping(_ byte: UInt8?, keyColumn: Int, column: Int) -> String {
    switch byte {
    case UInt8(ascii: "-") where column <= keyColumn:
      "a list element stands where a key of the mapping belongs"
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      "this bracket closes nothing"
    case UInt8(ascii: "*"), UInt8(ascii: "&"):
      "an anchor or alias stands where a key belongs"
    default:
      column == keyColumn
        ? "expected a key followed by `:`"
        : "this does not continue the mapping: wrong indentation, or text after a closing quote"
    }
  }

  private static let tab = "a tab cannot indent a line; use spaces"

  private static let words = [
    "mapping values are not allowed in this context":
      "a `:` cannot stand here: wrong indentation, or a text with `: ` that needs quotes",
    "mapping keys are not allowed in this context":
      "a key cannot stand here: wrong indentation",
    "block sequence entries are not allowed in this context":
      "a list element cannot begin here: put `-` on a line of its own",
    "did not find expected <document start>":
      "expected the end of the file: the value before is complete",
    "found undefined tag handle": "this tag uses a prefix that no `%TAG` line defines",
    "found unknown escape character":
      "unknown escape after `\\` in double quotes; write `\\\\` or use single quotes",
    "did not find expected hexdecimal number": "this escape lacks hexadecimal digits",
    "found invalid Unicode character escape code": "this escape is no Unicode character",
    "did not find expected alphabetic or numeric character":
      "the name of an anchor or alias is missing, or has a character other than a-z A-Z 0-9 _ -",
    "found an indentation indicator equal to 0":
      "the indentation after `|` or `>` must be 1 to 9",
    "did not find expected comment or line break":
      "expected the end of the line or a comment",
    "did not find expected whitespace or line break": "expected a space or the end of the line",
    "found unknown directive name": "unknown directive; only `%YAML` and `%TAG` exist",
    "found incompatible YAML document": "only YAML 1.1 and 1.2 can be read",
  ]
}
