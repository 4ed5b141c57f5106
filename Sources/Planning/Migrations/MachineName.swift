// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The name of this machine and of who uses it, for records that other people read.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The name of this machine.
package enum MachineName {
  /// `user@machine`, as the variables and the system say it.
  package static func owner(environment: [String: String]) -> String {
    let user = environment["USER"] ?? environment["LOGNAME"] ?? "somebody"
    return "\(user)@\(current)"
  }

  /// As the system says it; `unknown` where it says nothing.
  static var current: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return bytes.isEmpty ? "unknown" : String(decoding: bytes, as: UTF8.self)
  }
}
