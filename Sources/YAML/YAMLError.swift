// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be wrong with a YAML text, as data with a place. How a message is printed, with file
// name and caret, is decided elsewhere.

/// One fault in a YAML text.
package struct YAMLError: Error, Hashable, Sendable {
  /// What is wrong.
  package enum Code: Hashable, Sendable {
    /// The text is no YAML; the words say why.
    case syntax(String)
    /// A mapping has this key twice; the mark of the error is the second.
    case duplicateKey(String, first: Mark)
    /// A list or a mapping stands where a key belongs.
    case nonScalarKey
    /// A `:` has no key before it.
    case missingKey
    /// Lists and mappings stand too deep in one another.
    case tooDeep(limit: Int)
    /// There are too many keys and values.
    case tooManyNodes(limit: Int)
    /// Aliases and merges stand for too many keys and values.
    case aliasExpansion(limit: Int)
    /// An alias whose anchor is not above it.
    case unknownAlias(String)
    /// An alias inside the value that it names.
    case recursiveAlias(String)
    /// `<<` has a value that is neither a mapping nor a list of mappings.
    case mergeOfNonMapping
    /// A second document begins.
    case severalDocuments
    /// Bytes that are not UTF-8.
    case invalidUTF8
    /// A character that may not stand in YAML unless escaped.
    case invalidCharacter(UInt32)
    /// UTF-16 or UTF-32, told from the byte order mark.
    case unsupportedEncoding
    /// The text has too many bytes.
    case tooLarge(limit: Int)
    /// No memory was left.
    case outOfMemory
  }

  /// What is wrong.
  package let code: Code
  /// Where.
  package let mark: Mark

  /// A fault by its parts.
  package init(_ code: Code, at mark: Mark) {
    self.code = code
    self.mark = mark
  }

  /// What is wrong in plain words, lower case, without the place.
  package var message: String {
    switch code {
    case .syntax(let words): words
    case .duplicateKey(let key, let first):
      "key `\(key)` is already set in line \(first.line)"
    case .nonScalarKey: "a key must be a text, not a list or a mapping"
    case .missingKey: "a key is missing before `:`"
    case .tooDeep(let limit): "lists and mappings stand more than \(limit) deep in one another"
    case .tooManyNodes(let limit): "the file has more than \(limit) keys and values"
    case .aliasExpansion(let limit):
      "the aliases of this file stand for more than \(limit) keys and values"
    case .unknownAlias(let name): "no anchor `&\(name)` stands above alias `*\(name)`"
    case .recursiveAlias(let name): "alias `*\(name)` stands inside the value that it names"
    case .mergeOfNonMapping: "`<<` takes a mapping or a list of mappings"
    case .severalDocuments: "a second document begins here; a file may hold one"
    case .invalidUTF8: "this is not UTF-8"
    case .invalidCharacter(let scalar):
      "character U+\(YAMLError.hexadecimal(scalar)) must be written as an escape in double quotes"
    case .unsupportedEncoding: "the file is not in UTF-8"
    case .tooLarge(let limit): "the file has more than \(limit) bytes"
    case .outOfMemory: "no memory is left to read this file"
    }
  }

  private static func hexadecimal(_ scalar: UInt32) -> String {
    let digits = String(scalar, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension YAMLError: CustomStringConvertible {
  /// `line:column: message`.
  package var description: String { "\(mark): \(message)" }
}
