// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Why one task failed, as data. It travels in an outcome; nothing is thrown past the executor.

/// Why a task failed.
package struct TaskError: Error, Sendable, Hashable {
  /// The kind of failure; exit codes and retries go by it.
  package enum Code: Sendable, Hashable {
    /// A command ended with this status.
    case exited(Int32)
    /// A command was ended by this signal.
    case signaled(Int32)
    /// A program is not installed.
    case programMissing(String)
    /// The time allowed was over.
    case timedOut(Duration)
    /// A declared input or output is not there.
    case fileMissing(String)
    /// A file could not be read, stored or restored.
    case files
    /// An engine, registry or host could not be reached or refused.
    case unavailable(String)
    /// Another run holds the lock of this host.
    case locked(String)
    /// Another run changed this host since it was looked at.
    case moved(String)
    /// Another run deployed to this host after this one's plan was made.
    case superseded(String)
    /// This run held the lock of this host and holds it no more.
    case lockLost(String)
    /// What an outside program answered could not be understood.
    case unexpectedAnswer(String)
    /// The user's input is at fault.
    case input
    /// The run was interrupted.
    case cancelled
    /// A promise inside this program was broken.
    case invariant
  }

  package let code: Code
  /// One sentence in lower case, without a full stop.
  package let message: String
  /// What to do next, where that is known.
  package let hint: String?
  /// The command that failed, as a person would type it.
  package let command: String?
  /// The end of the task's log.
  package var logTail: [String]

  /// Makes an error.
  package init(
    _ code: Code, _ message: String, hint: String? = nil, command: String? = nil,
    logTail: [String] = []
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.command = command
    self.logTail = logTail
  }
}

extension TaskError {
  /// The error of work that was not begun, or not ended, because the run was stopped from outside.
  package static let interrupted = TaskError(.cancelled, "the run was interrupted")

  /// The error of a file that was listed and is not there any more; `subject` names it in the message.
  package static func vanished(_ path: String, as subject: String) -> TaskError {
    TaskError(
      .fileMissing(path), "\(subject) went away while it was read",
      hint: "something else changes files here: run it again")
  }
}
