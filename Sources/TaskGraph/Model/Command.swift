// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A program with its arguments: never a string for a shell. Who runs it is behind a protocol, so that
// task kinds can be tested for the exact commands they would run.

/// A program, its arguments and its surroundings.
package struct Command: Sendable, Hashable {
  /// A name looked up on PATH, or a path.
  package let program: String
  package let arguments: [String]
  /// Absolute.
  package let directory: String
  /// The whole environment of the child; nothing else is visible to it.
  package let environment: [String: String]
  /// What the child reads on standard input; nil means nothing.
  package let input: [UInt8]?
  /// Whether it only looks: it changes nothing anywhere.
  ///
  /// A plan runs no other command.
  package private(set) var isLook = false

  /// Makes a command.
  package init(
    _ program: String, _ arguments: [String], directory: String, environment: [String: String],
    input: [UInt8]? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.directory = directory
    self.environment = environment
    self.input = input
  }

  /// The same, as one that is known to change nothing.
  package var looking: Command {
    var command = self
    command.isLook = true
    return command
  }

  /// The command as a person would type it into a shell; never shows the environment.
  package var displayed: String {
    ([program] + arguments).map(Self.quoted).joined(separator: " ")
  }

  /// Quotes one word for a POSIX shell, only where it needs it.
  package static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      case 0x2F, 0x2E, 0x2D, 0x5F, 0x3D, 0x3A, 0x2C, 0x40, 0x25, 0x2B: true
      default: false
      }
    }
    // One shell reads a word that begins with `=` as the path of a program.
    if plain, !word.isEmpty, word.utf8.first != UInt8(ascii: "=") { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}

/// Which stream a line came from.
package enum OutputStream: String, Sendable, Hashable {
  case output = "stdout"
  case error = "stderr"
}

/// How a command ended.
package enum Termination: Sendable, Hashable {
  case exited(Int32)
  case signaled(Int32)

  /// Whether the command says it succeeded.
  package var isSuccess: Bool { self == .exited(0) }
}

/// Runs commands.
///
/// A non-zero exit is a result and not an error. Cancelling the calling task ends the whole process
/// group of the child; the call then throws `.cancelled`.
package protocol CommandRunner: Sendable {
  /// Runs `command` to its end, handing out each line as it comes.
  func run(
    _ command: Command, onLine: @escaping @Sendable (String, OutputStream) -> Void
  ) async throws(TaskError) -> Termination
}
