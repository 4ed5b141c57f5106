// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Brings a path as written in a project file into one normal form, from the project root. Works on
// text alone: it does not ask the file system and does not follow links.

/// The meaning of a written path.
enum RelativePath: Equatable {
  /// A path from the project root without `.`, `..` and empty components; empty for the root.
  case inside(String)
  /// It starts at the root of the file system.
  case absolute
  /// It leaves the project.
  case outside

  /// Reads `text` as a path, or glob, relative to `directory`, which must be normal or `.`.
  static func resolve(_ text: String, from directory: String = ".") -> RelativePath {
    if text.utf8.first == UInt8(ascii: "/") { return .absolute }
    if isNormal(text) {
      return .inside(directory == "." || directory.isEmpty ? text : "\(directory)/\(text)")
    }
    var components =
      directory == "." ? [] : directory.split(separator: "/", omittingEmptySubsequences: true)
    for component in text.split(separator: "/", omittingEmptySubsequences: true) {
      switch component {
      case ".": continue
      case "..":
        // What a wildcard stands for is not known, so what lies above it is not known either.
        guard let last = components.popLast(), !last.utf8.contains(where: isWildcard) else {
          return .outside
        }
      default: components.append(component)
      }
    }
    return .inside(components.joined(separator: "/"))
  }

  /// True when no component is empty, `.` or `..`.
  private static func isNormal(_ text: String) -> Bool {
    var length = 0
    var dots = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "/") {
        if length == 0 || (length == dots && length <= 2) { return false }
        length = 0
        dots = 0
      } else {
        length += 1
        if byte == UInt8(ascii: ".") { dots += 1 }
      }
    }
    return length > 0 && !(length == dots && length <= 2)
  }

  /// True for the bytes that make a component a glob.
  static func isWildcard(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "{"): true
    default: false
    }
  }
}
