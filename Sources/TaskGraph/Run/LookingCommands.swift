// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The only commands that a plan can run: those that are known to change nothing. Whoever has this and
// no other runner cannot change anything by a command.

/// Runs commands that only look, and refuses all others.
struct LookingCommands: CommandRunner {
  /// Runs what is let through; nil where nothing is.
  private let runner: (any CommandRunner)?

  /// Lets looks through to `runner`; with nil nothing runs at all.
  init(_ runner: (any CommandRunner)?) { self.runner = runner }

  func run(
    _ command: Command, onLine: @escaping @Sendable (String, OutputStream) -> Void
  ) async throws(TaskError) -> Termination {
    guard command.isLook, let runner else {
      throw TaskError(.invariant, "`\(command.program)` would run while a plan is made")
    }
    return try await runner.run(command, onLine: onLine)
  }
}
