// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft version`: the version of the program.

import ArgumentParser

/// Prints the version.
struct Version: ParsableCommand {
  /// The version of this source.
  static let number = "0.1.0"
  /// The day of this version.
  static let released = "2026-11-25"

  static let configuration = CommandConfiguration(
    commandName: "version",
    abstract: "Print the version of the program.",
    discussion: """
        stagecraft version
        stagecraft --version
      """)

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run() { Self.show() }

  /// Writes the line.
  static func show() { StandardStream.output.write("stagecraft \(Self.number)\n") }
}
