// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Who deploys, for locks and records that other people read.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Who deploys.
package enum Operator {
  /// `user@machine`, as the environment and the system say it.
  package static func name(environment: [String: String]) -> String {
    var machine = [CChar](repeating: 0, count: 256)
    let isKnown = gethostname(&machine, machine.count - 1) == 0
    let bytes = machine.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let user = environment["USER"] ?? environment["LOGNAME"] ?? "uid \(getuid())"
    return
      "\(user)@\(isKnown && !bytes.isEmpty ? String(decoding: bytes, as: UTF8.self) : "unknown")"
  }
}
