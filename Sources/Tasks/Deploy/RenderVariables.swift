// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The values that a rendered Compose file refers to by name, and the file for `sh` that assigns them.
// Knows nothing of Compose but how a reference looks.

import TaskGraph

/// Names for values, each once.
struct RenderVariables {
  private var values: [String: String] = [:]
  /// What people know each as, by its name here: `service.NAME`.
  private var origins: [String: String] = [:]

  /// Starts with none.
  init() {}

  /// A reference to `value` under a name made of `parts`.
  ///
  /// Asked in the same order, it gives the same names.
  mutating func reference(_ parts: [String], _ value: String) -> String {
    let base = "SC_" + parts.map(Self.word).joined(separator: "_")
    var name = base
    var count = 1
    // Other characters than letters and digits are alike here: `a-b` and `a_b` may meet.
    while values[name] != nil {
      count += 1
      name = "\(base)_\(count)"
    }
    values[name] = value
    origins[name] = parts.joined(separator: ".")
    return Self.reference(name)
  }

  /// A reference to a variable: Compose refuses to go on where it is not set.
  static func reference(_ name: String) -> String { "${\(name)?use ../../compose}" }

  /// The name that a reference names.
  static func name(_ reference: String) -> String {
    String(reference.dropFirst(2).prefix { $0 != "?" })
  }

  /// The most bytes of a variable that systems let a program inherit, less room for its name.
  static let longest = 128 * 1024 - 512

  /// The value that no program could be started with, as `service.NAME`; nil where there is none.
  var tooLong: String? {
    values.filter { $0.value.utf8.count > Self.longest }.keys.min().map { origins[$0] ?? $0 }
  }

  /// Assignments for `sh`, sorted by name; every value byte for byte.
  var assignments: [UInt8] {
    var bytes: [UInt8] = []
    for name in values.keys.sorted() {
      bytes.append(contentsOf: "\(name)='".utf8)
      for byte in (values[name] ?? "").utf8 {
        if byte == UInt8(ascii: "'") {
          bytes.append(contentsOf: "'\\''".utf8)
        } else {
          bytes.append(byte)
        }
      }
      bytes.append(contentsOf: "'\n".utf8)
    }
    return bytes
  }

  private static func word(_ text: String) -> String {
    String(
      decoding: text.utf8.map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }
}
