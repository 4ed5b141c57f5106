// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the sockets of shared connections lie: a folder that nobody else can use, with a name so short
// that a socket fits below it. Knows nothing of what is said over them.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folder for the sockets of shared connections.
package enum ControlSockets {
  /// The longest path of a folder: a socket has 103 bytes on some systems, `ssh` needs 41 for the name
  /// and 17 more while it makes it.
  private static let longest = 103 - 41 - 17

  /// The folder, made where it is missing; nil where no folder can be trusted.
  package static func folder(environment: [String: String]) -> String? {
    var candidates: [String] = []
    if let runtime = environment["XDG_RUNTIME_DIR"], runtime.utf8.first == UInt8(ascii: "/") {
      candidates.append(runtime + "/stagecraft")
    }
    candidates.append("/tmp/stagecraft-\(geteuid())")
    return candidates.first { path in
      // A blank or a percent sign would be read by `ssh` as something else.
      path.utf8.count <= longest
        && path.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "\"") }
        && isOurs(path)
    }
  }

  private static func isOurs(_ path: String) -> Bool {
    if mkdir(path, 0o700) != 0, errno != EEXIST { return false }
    var status = stat()
    // A link could lead to a folder of somebody else.
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      status.st_uid == geteuid()
    else { return false }
    return status.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0
  }
}
