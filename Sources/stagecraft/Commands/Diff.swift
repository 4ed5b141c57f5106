// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft diff`: what changed from one release to another, from the local copy of their records.

import ArgumentParser

/// Compares two releases offline.
struct Diff: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what changed from one release to another, offline.",
    discussion: """
      The same as `stagecraft releases diff`, from what this checkout knows; nobody is asked.

        stagecraft diff rel-20260102-030405678 rel-20260103-040506789
      """)

  @Argument(help: ArgumentHelp("The release to start from.", valueName: "from"))
  var old: String

  @Argument(help: ArgumentHelp("The release to compare with it.", valueName: "to"))
  var new: String

  @Option(name: .customLong("format"), help: "What standard output gets.")
  var format: ReportFormat = .text

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    try await session.compareReleases(old, new, refresh: false, format)
    return .success
  }
}
