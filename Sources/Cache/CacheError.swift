// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What can go wrong with files: the operation, the path, the reason. Sentences are made from it where
// they are printed.

package import SystemPackage

/// A file operation that failed.
package struct CacheError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure; callers decide by this and never by text.
  package enum Code: Hashable, Sendable {
    /// The system refused; `errno` says why.
    case system(Errno)
    /// A name that is not UTF-8.
    case nameNotUTF8
    /// A file changed while it was read.
    case unstable
    /// A record or blob did not have the bytes that it should.
    case corrupt
    /// A path that leaves the place it must stay in.
    case escapes
    /// A file of a type that cannot be kept: device, socket, pipe.
    case unsupportedType
    /// A declared output that is not there.
    case missing
  }

  package let code: Code
  /// What was tried, as a verb: `open`, `rename`, `read`.
  package let operation: String
  package let path: String

  /// Makes an error.
  package init(_ code: Code, _ operation: String, _ path: String) {
    self.code = code
    self.operation = operation
    self.path = path
  }

  package var description: String {
    let reason =
      switch code {
      case .system(let errno): errno.description
      case .nameNotUTF8: "the name is not UTF-8"
      case .unstable: "it changed while it was read"
      case .corrupt: "its bytes are not what was stored"
      case .escapes: "it leads out of the project"
      case .unsupportedType: "it is neither a file, a directory nor a symbolic link"
      case .missing: "it is not there"
      }
    // The random name of a file on its way to another place says nothing, and hides that two errors
    // are the same.
    let named = FilePath(path)
    if named.lastComponent?.string.hasPrefix(FileSystem.temporaryPrefix) == true {
      return "cannot \(operation) a file in `\(named.removingLastComponent())`: \(reason)"
    }
    return "cannot \(operation) `\(path)`: \(reason)"
  }
}
