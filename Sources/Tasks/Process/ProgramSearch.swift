// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds a program by its name, as a shell would. The process library would start a child for each
// directory that it tries; a look at the file costs a hundredth of that.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Looks for programs in the directories of a search path.
enum ProgramSearch {
  /// The file that `name` stands for in `path`, a list with colons.
  ///
  /// nil where none is found, where `name` is a path itself, and where a directory that is not
  /// absolute comes first: that one depends on where the child starts, so it is left to it.
  static func file(of name: String, in path: String?) -> String? {
    guard let path, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
    for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
      guard directory.utf8.first == UInt8(ascii: "/") else { return nil }
      let file = directory + "/" + name
      if isProgram(file) { return file }
    }
    return nil
  }

  private static func isProgram(_ file: String) -> Bool {
    var status = stat()
    return stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(file, X_OK) == 0
  }
}
