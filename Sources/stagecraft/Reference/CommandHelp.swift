// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the argument parser knows of the commands, as a tree of values. Read from the description that
// the parser gives of itself, so that pages and manual cannot say anything else than the program.

import ArgumentParser

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One command with its arguments and sub-commands.
struct CommandHelp: Decodable, Sendable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let arguments: [ArgumentHelpText]?
  let subcommands: [CommandHelp]?
  let shouldDisplay: Bool?

  private struct Whole: Decodable {
    let command: CommandHelp
  }

  /// The program with all its commands.
  static func read() throws(CommandFailure) -> CommandHelp {
    let text = Stagecraft._dumpHelp()
    do {
      return try JSONDecoder().decode(Whole.self, from: Data(text.utf8)).command
    } catch {
      throw CommandFailure(.bug, "the help of the program cannot be read: \(error)")
    }
  }

  /// The sub-commands that are shown, without the parser's own `help`.
  var shownSubcommands: [CommandHelp] {
    (subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay != false }
  }

  /// Every command that does something, with the words that call it.
  var all: [(words: [String], help: CommandHelp)] {
    shownSubcommands.isEmpty
      ? [([commandName], self)]
      : shownSubcommands.flatMap(\.all).map { ([commandName] + $0.words, $0.help) }
  }

  /// Its own arguments and flags: without those that every command takes.
  var ownArguments: [ArgumentHelpText] {
    ArgumentHelpText.joined(arguments ?? []).filter { !$0.isGlobal && !$0.isBuiltIn }
  }

  /// The flags that every command takes.
  var globalArguments: [ArgumentHelpText] {
    ArgumentHelpText.joined(arguments ?? []).filter(\.isGlobal)
  }

  /// The sentences of the discussion.
  var prose: [String] {
    lines.filter { !$0.isEmpty && !$0.hasPrefix("  ") }
  }

  /// The command lines of the discussion, without their indentation.
  var examples: [String] {
    lines.filter { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
  }

  private var lines: [String] {
    (discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// How it is called, after its words.
  var usage: String {
    ownArguments.map(\.usage).joined(separator: " ")
  }
}
