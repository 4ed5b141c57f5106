// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Replaces `$NAME` and `${NAME…}` in a text as Docker Compose does. Works on one text and a lookup;
// does not know where values come from.

/// The expansion of variables in a text.
///
/// The forms are those of the Compose specification: `$NAME`, `${NAME}`, `${NAME:-default}`,
/// `${NAME-default}`, `${NAME:?message}`, `${NAME?message}`, `${NAME:+other}`, `${NAME+other}`;
/// `$$` is a dollar sign, and a `$` before anything else stands for itself. The part behind the
/// operator is expanded too, but only when it is used.
package enum VariableExpansion {
  /// Why a text cannot be expanded.
  package enum Failure: Error, Sendable, Equatable {
    /// A `${` that is not closed or holds no variable; the text up to what is wrong.
    case invalid(String)
    /// A variable that the text requires; the message is expanded, and empty when none is given.
    case required(name: String, message: String)
  }

  /// The text with every variable replaced; one that `lookup` does not have is empty.
  package static func expand(
    _ text: String, lookup: (String) -> String?
  ) throws(Failure) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    let result = try expand(Array(text.utf8)[...], lookup: lookup)
    return String(decoding: result, as: UTF8.self)
  }

  /// The names of all variables that stand in some bytes, also inside defaults; in order, each
  /// once.
  ///
  /// Looks for forms only, so that bytes which are no valid template give their names too.
  package static func names(in bytes: [UInt8]) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "$") else {
        index += 1
        continue
      }
      index += 1
      guard index < bytes.count else { break }
      if bytes[index] == UInt8(ascii: "$") {
        index += 1
        continue
      }
      if bytes[index] == UInt8(ascii: "{") { index += 1 }
      let end = nameEnd(in: bytes[...], from: index)
      if end > index {
        let name = String(decoding: bytes[index..<end], as: UTF8.self)
        if seen.insert(name).inserted { names.append(name) }
        index = end
      }
    }
    return names
  }

  private static func expand(
    _ bytes: ArraySlice<UInt8>, lookup: (String) -> String?
  ) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      index += 1
      guard byte == UInt8(ascii: "$"), index < bytes.endIndex else {
        result.append(byte)
        continue
      }
      switch bytes[index] {
      case UInt8(ascii: "$"):
        result.append(byte)
        index += 1
      case UInt8(ascii: "{"):
        guard let close = closingBrace(of: bytes, from: index + 1) else {
          throw .invalid("${")
        }
        result += try braced(bytes[(index + 1)..<close], lookup: lookup)
        index = close + 1
      default:
        let end = nameEnd(in: bytes, from: index)
        if end > index {
          let name = String(decoding: bytes[index..<end], as: UTF8.self)
          result += (lookup(name) ?? "").utf8
          index = end
        } else {
          result.append(byte)
        }
      }
    }
    return result
  }

  /// The value of what stands between `${` and `}`.
  private static func braced(
    _ bytes: ArraySlice<UInt8>, lookup: (String) -> String?
  ) throws(Failure) -> [UInt8] {
    let end = nameEnd(in: bytes, from: bytes.startIndex)
    let name = String(decoding: bytes[..<end], as: UTF8.self)
    guard !name.isEmpty else { throw .invalid("${") }
    let value = lookup(name)
    guard end < bytes.endIndex else { return Array((value ?? "").utf8) }
    var operation = end
    let colon = bytes[operation] == UInt8(ascii: ":")
    if colon { operation += 1 }
    guard operation < bytes.endIndex else { throw .invalid("${\(name)") }
    let rest = bytes[(operation + 1)...]
    // With a colon an empty value counts as none.
    let isSet = value.map { !(colon && $0.isEmpty) } ?? false
    switch bytes[operation] {
    case UInt8(ascii: "-"):
      return isSet ? Array((value ?? "").utf8) : try expand(rest, lookup: lookup)
    case UInt8(ascii: "+"):
      return isSet ? try expand(rest, lookup: lookup) : []
    case UInt8(ascii: "?"):
      guard !isSet else { return Array((value ?? "").utf8) }
      let message = try expand(rest, lookup: lookup)
      throw .required(name: name, message: String(decoding: message, as: UTF8.self))
    default: throw .invalid("${\(name)")
    }
  }

  /// The position of the `}` that closes what opened before `start`, past nested `${…}`.
  private static func closingBrace(of bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
    var depth = 1
    var index = start
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "}") {
        depth -= 1
        if depth == 0 { return index }
      } else if bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.endIndex,
        bytes[index + 1] == UInt8(ascii: "{")
      {
        depth += 1
        index += 1
      }
      index += 1
    }
    return nil
  }

  private static func nameEnd(in bytes: ArraySlice<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        break
      case UInt8(ascii: "0")...UInt8(ascii: "9") where index > start: break
      default: return index
      }
      index += 1
    }
    return index
  }
}
