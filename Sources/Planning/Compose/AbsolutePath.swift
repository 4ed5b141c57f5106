// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Joins and shortens absolute paths as texts. Does not ask the file system and follows no links.

/// Absolute paths as texts.
enum AbsolutePath {
  /// `path` as an absolute path without `.`, `..` and empty components; `directory` is absolute.
  static func resolve(_ path: String, from directory: String) -> String {
    normal(path.utf8.first == UInt8(ascii: "/") ? path : "\(directory)/\(path)")
  }

  /// An absolute path without `.`, `..` and empty components.
  static func normal(_ path: String) -> String {
    var components: [Substring] = []
    for component in path.split(separator: "/", omittingEmptySubsequences: true) {
      switch component {
      case ".": continue
      case "..": _ = components.popLast()
      default: components.append(component)
      }
    }
    return "/" + components.joined(separator: "/")
  }

  /// The directory that a normal absolute path lies in.
  static func parent(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else {
      return "/"
    }
    return String(path[..<slash])
  }
}
