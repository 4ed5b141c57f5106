// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the program was started with: variables and the current folder. The only file that asks the
// system for them.

import Planning
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The surroundings of this process.
enum ProcessVariables {
  /// One variable; nil where it is not set.
  static func value(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// All variables; of a name that stands twice the first counts, as for `getenv`.
  static var all: [String: String] {
    var variables: [String: String] = [:]
    var position: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
    while let entry = position.pointee {
      position = position.advanced(by: 1)
      let text = String(cString: entry)
      guard let equals = text.utf8.firstIndex(of: 0x3D) else { continue }
      let name = String(text[..<equals])
      if variables[name] == nil {
        variables[name] = String(text[text.utf8.index(after: equals)...])
      }
    }
    return variables
  }

  /// The absolute path of the current folder.
  static func currentDirectory() throws(ProjectError) -> FilePath {
    guard let path = getcwd(nil, 0) else {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "no-current-folder", message: "the current folder does not exist any more",
            hint: nil)))
    }
    defer { free(path) }
    return FilePath(platformString: path)
  }
}
