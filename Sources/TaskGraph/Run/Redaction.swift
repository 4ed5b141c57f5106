// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Takes values that are secret out of what programs print, before anybody sees or keeps it. Knows the
// values, and nothing of where they come from.

/// Hides secret values in lines and errors.
///
/// Only where they stand byte for byte: a program that encodes a value before it prints it is not
/// seen through. Of a value of several lines each line is hidden.
package struct Redaction: Sendable {
  /// Shorter values stand in ordinary words.
  package static let shortest = 6

  /// Longest first, so that of two that overlap the whole is hidden.
  private let secrets: [(value: [UInt8], mark: [UInt8])]

  /// Hides nothing.
  package static let none = Redaction([:])

  /// Hides `values`, each as `[NAME]` of the name that it has here.
  package init(_ values: [String: String]) {
    secrets = values.flatMap { name, value in
      value.split(whereSeparator: \.isNewline).map { line in
        (value: Array(line.utf8), mark: Array("[\(name)]".utf8))
      }
    }.filter { $0.value.count >= Self.shortest }
      .sorted { left, right in
        left.value.count != right.value.count
          ? left.value.count > right.value.count
          : left.mark.lexicographicallyPrecedes(right.mark)
      }
  }

  /// `line` without the values.
  package func callAsFunction(_ line: String) -> String {
    guard secrets.contains(where: { line.utf8.firstRange(of: $0.value) != nil }) else {
      return line
    }
    var bytes = Array(line.utf8)
    for secret in secrets { bytes.replace(secret.value, with: secret.mark) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `error` without the values.
  package func callAsFunction(_ error: TaskError) -> TaskError {
    if secrets.isEmpty { return error }
    return TaskError(
      error.code, self(error.message), hint: error.hint.map { self($0) },
      command: error.command.map { self($0) }, logTail: error.logTail.map { self($0) })
  }
}
