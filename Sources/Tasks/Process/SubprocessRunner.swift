// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs commands as child processes, each in a process group of its own. The only file that knows the
// process library; it knows nothing of what the commands mean.

import Subprocess
import Synchronization
package import TaskGraph

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Runs commands for real.
///
/// Descriptors are not inherited, standard input is empty unless given. When the calling task is
/// cancelled, the child's whole group gets SIGTERM at once and SIGKILL after `grace`. With a guard the
/// group dies as well when this program is killed.
package struct SubprocessRunner: CommandRunner {
  private let grace: Duration
  private let guardian: ChildGuard?

  /// A runner; `guardian` may be shared.
  package init(grace: Duration = .seconds(5), guardian: ChildGuard? = nil) {
    self.grace = grace
    self.guardian = guardian
  }

  package func run(
    _ command: Command, onLine: @escaping @Sendable (String, OutputStream) -> Void
  ) async throws(TaskError) -> Termination {
    if Task.isCancelled { throw TaskError.interrupted }
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)
    ]
    var variables: [Environment.Key: String] = [:]
    for (name, value) in command.environment {
      variables[Environment.Key(stringLiteral: name)] = value
    }
    let found = ProgramSearch.file(of: command.program, in: command.environment["PATH"])
    let configuration = Configuration(
      executable: found != nil || command.program.contains("/")
        ? .path(FilePath(found ?? command.program)) : .name(command.program),
      arguments: Arguments(command.arguments), environment: .custom(variables),
      workingDirectory: FilePath(command.directory), platformOptions: options)
    let status: TerminationStatus
    // Ended here and not where the output ends: a cancelled child that ignores SIGTERM still runs then.
    let watched = WatchedGroup(guardian)
    defer { watched.release() }
    do {
      if let input = command.input {
        let result = try await Subprocess.run(
          configuration, input: .inputWriter, output: .sequence, error: .sequence
        ) { execution in
          let writer = execution.standardInputWriter
          try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.feed(input, to: writer) }
            try await Self.follow(execution, watched, onLine)
            // A child that closed its output reads nothing that anybody would hear of.
            group.cancelAll()
            try await group.waitForAll()
          }
        }
        status = result.terminationStatus
      } else {
        let result = try await Subprocess.run(
          configuration, input: .none, output: .sequence, error: .sequence
        ) { execution in
          try await Self.follow(execution, watched, onLine)
        }
        status = result.terminationStatus
      }
    } catch let error as SubprocessError {
      if Task.isCancelled { throw TaskError.interrupted }
      throw Self.failure(error, command)
    } catch {
      if Task.isCancelled { throw TaskError.interrupted }
      // The library has one type for all that can go wrong with a child.
      throw TaskError(
        .invariant, "`\(command.program)` could not be followed: \(error)",
        command: command.displayed)
    }
    // Cancelling does not throw: the child was ended, and that must not look like its own doing.
    if Task.isCancelled { throw TaskError.interrupted }
    switch status {
    case .exited(let code): return .exited(Int32(code))
    case .signaled(let signal): return .signaled(Int32(signal))
    }
  }

  private static func follow<Input: InputProtocol>(
    _ execution: Execution<Input, SequenceOutput, SequenceOutput>, _ watched: WatchedGroup,
    _ onLine: @escaping @Sendable (String, OutputStream) -> Void
  ) async throws {
    watched.watch(execution.processIdentifier.value)
    try await withThrowingTaskGroup(of: Void.self) { readers in
      readers.addTask {
        for try await text in execution.standardOutput.strings(
          separatedBy: lineFeed, bufferingPolicy: .unbounded)
        {
          for line in lines(text) { onLine(line, .output) }
        }
      }
      readers.addTask {
        for try await text in execution.standardError.strings(
          separatedBy: lineFeed, bufferingPolicy: .unbounded)
        {
          for line in lines(text) { onLine(line, .error) }
        }
      }
      try await readers.waitForAll()
    }
  }

  /// Writes all that the child is ready to read; one that wants no more says why with its status.
  private static func feed(
    _ input: [UInt8], to writer: StandardInputWriter
  ) async throws(SubprocessError) {
    do throws(SubprocessError) {
      _ = try await writer.write(input)
    } catch {
      guard error.underlyingError == .brokenPipe || Task.isCancelled else { throw error }
    }
    try await writer.finish()
  }

  /// Unicode knows more line breaks, such as U+0085: in what programs print these are data.
  private static var lineFeed: SubprocessOutputSequence.StringSequence<UTF8>.Separator {
    .unicodeScalarSequence(["\n"])
  }

  /// What stands between two line feeds; one line for each carriage return that progress is shown by.
  private static func lines(_ text: String) -> [String] {
    let carriageReturn = UInt8(ascii: "\r")
    guard text.utf8.contains(carriageReturn) else { return [text] }
    var pieces = text.utf8.split(separator: carriageReturn, omittingEmptySubsequences: false)
    if pieces.last?.isEmpty == true { pieces.removeLast() }
    return pieces.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func failure(_ error: SubprocessError, _ command: Command) -> TaskError {
    if error.code == .executableNotFound {
      return TaskError(
        .programMissing(command.program), "`\(command.program)` is not installed or not on PATH",
        hint: "install `\(command.program)`, or correct the command", command: command.displayed)
    }
    return TaskError(
      .unavailable(command.program), "`\(command.program)` could not be started: \(error)",
      hint: "see that it is a program for this machine, and one that may be run",
      command: command.displayed)
  }
}
