// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Stands in for processes: remembers every command and answers as it was told. Runs nothing.

import Synchronization
package import TaskGraph

/// A runner that runs nothing.
package final class RecordingRunner: CommandRunner {
  /// What a command seems to do.
  package struct Answer: Sendable {
    package let lines: [(text: String, stream: OutputStream)]
    package let termination: Termination
    package let error: TaskError?

    /// Output lines, error lines, and how it ended.
    package init(
      _ output: [String] = [], errors: [String] = [], _ termination: Termination = .exited(0)
    ) {
      lines = output.map { ($0, .output) } + errors.map { ($0, .error) }
      self.termination = termination
      error = nil
    }

    /// It could not be run.
    package init(throwing error: TaskError) {
      lines = []
      termination = .exited(1)
      self.error = error
    }
  }

  private let seen = Mutex<[Command]>([])
  private let answer: @Sendable (Command) throws -> Answer

  /// Answers each command with what `answer` says.
  package init(_ answer: @escaping @Sendable (Command) throws -> Answer) { self.answer = answer }

  /// Answers every command with success and no output.
  package convenience init() { self.init { _ in Answer() } }

  /// Every command so far, in the order in which they were run.
  package var commands: [Command] { seen.withLock { $0 } }

  package func run(
    _ command: Command, onLine: @escaping @Sendable (String, OutputStream) -> Void
  ) async throws(TaskError) -> Termination {
    seen.withLock { $0.append(command) }
    let answer: Answer
    do {
      answer = try self.answer(command)
    } catch let error as TaskError {
      throw error
    } catch {
      throw TaskError(.invariant, "the scripted answer failed: \(error)")
    }
    if let error = answer.error { throw error }
    for line in answer.lines { onLine(line.text, line.stream) }
    return answer.termination
  }
}
