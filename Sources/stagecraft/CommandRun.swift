// SPDX-License-Identifier: AGPL-3.0-or-later
//
// From words to an exit status: parses, runs the command, and says what went wrong. The only place
// that turns errors into sentences and codes.

import ArgumentParser
import Cache
import Planning
import TaskGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A command that works on a project.
protocol SessionCommand: AsyncParsableCommand {
  var global: GlobalOptions { get }

  /// Does the work.
  func run(in session: Session) async throws -> ExitStatus
}

/// A command that runs tasks.
protocol RunningCommand: SessionCommand {
  var flags: RunFlags { get }
}

/// One run of the program.
enum CommandRun {
  /// Runs the program with these words and returns how it ends.
  static func run(_ typed: [String]) async -> ExitStatus {
    // Editors and scripts ask this at each start: it is answered before a parser is made.
    if typed == ["version"] || typed == ["--version"] {
      Version.show()
      return .success
    }
    let words = CommandLineWords(typed, subcommands: commandNames)
    var console = Console(color: nil, isVerbose: false, variable: ProcessVariables.value)
    do {
      if let unknown = unknownCommand(words) { throw unknown }
      var command = try Stagecraft.parseAsRoot(words.words)
      if let command = command as? any SessionCommand {
        let session = try Session(command.global, (command as? any RunningCommand)?.flags)
        console = session.console
        return try await run(command, in: session)
      }
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return .success
    } catch let status as ExitStatus {
      // What there was to say has been said.
      return status
    } catch let failure as CommandFailure {
      console.failure(failure.message, hint: failure.hint)
      return failure.status
    } catch let failure as ProjectFailure {
      console.diagnostics(failure.diagnostics, sources: failure.sources)
      return .input
    } catch let error as ProjectError {
      console.diagnostics(error.diagnostics)
      return .input
    } catch let error as CacheError {
      console.failure(error.description)
      return .outside
    } catch let error as TaskError {
      let failure = CommandFailure(error)
      console.failure(failure.message, hint: failure.hint)
      return failure.status
    } catch {
      return explain(error, words, console)
    }
  }

  /// Runs a command; its traces are sent however it ends.
  private static func run(
    _ command: any SessionCommand, in session: Session
  ) async throws -> ExitStatus {
    do {
      let status = try await command.run(in: session)
      await session.console.sendTraces()
      return status
    } catch {
      await session.console.sendTraces()
      throw error
    }
  }

  /// Each command with the names of its own sub-commands.
  ///
  /// Every command states its name: making it from the type takes a part of each start.
  private static var commandNames: [String: [String]] {
    var names = ["help": [String]()]
    for command in Stagecraft.configuration.subcommands {
      names[command._commandName] = command.configuration.subcommands.map { $0._commandName }
    }
    return names
  }

  /// A first word that is no command, with the one that may have been meant.
  private static func unknownCommand(_ words: CommandLineWords) -> CommandFailure? {
    guard words.command.isEmpty, let first = words.words.first(where: { !$0.hasPrefix("-") }),
      words.words.first == first
    else { return nil }
    let known = commandNames.keys.sorted()
    let nearest = Suggestion.nearest(to: first, among: known)
    return CommandFailure(
      .input, "unknown command `\(TerminalText.sanitized(first))`",
      hint: nearest.map { "did you mean `\($0)`?" } ?? "`stagecraft --help` lists the commands")
  }

  /// Prints help that was asked for, and says what is wrong with a command line.
  private static func explain(
    _ error: any Error, _ words: CommandLineWords, _ console: Console
  ) -> ExitStatus {
    if Stagecraft.exitCode(for: error).isSuccess {
      console.data(Stagecraft.fullMessage(for: error) + "\n")
      return .success
    }
    guard Stagecraft.exitCode(for: error) == .validationFailure else {
      console.failure("unexpected error: \(error)", hint: "this is a bug in stagecraft")
      return .bug
    }
    let message = Stagecraft.message(for: error)
    let help = (["stagecraft"] + words.command + ["--help"]).joined(separator: " ")
    console.failure(
      message.prefix(1).lowercased() + message.dropFirst().replacing("'", with: "`"),
      hint: "`\(help)` shows what is accepted")
    return .input
  }
}

extension ExitStatus {
  /// Ends the program.
  func exit() -> Never {
    #if canImport(Darwin)
      Darwin.exit(rawValue)
    #else
      Glibc.exit(rawValue)
    #endif
  }
}
