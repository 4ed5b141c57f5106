// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft report`: what a run did, when, and why it took so long.

import ArgumentParser
import SystemPackage

/// Shows a run.
struct Report: SessionCommand {
  /// A form in which a run can be shown.
  enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, html, json
  }

  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show a run: what ran when, what bounded its time, what failed.",
    discussion: """
      The newest twenty runs in which something ran are kept in .stagecraft/runs. Shows those that \
      ended, the one that is under way, and one whose program was killed.

        stagecraft report                                   the newest run
        stagecraft report --format html --output run.html   as a page
        stagecraft report --list                            the runs that are kept
      """)

  @Argument(
    help: ArgumentHelp(
      "The run, by its name or how that ends (default: the newest).", valueName: "run"))
  var run: String?

  @Option(name: .customLong("format"), help: "How to show it; `html` is one page with all of it.")
  var format: Format = .text

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var output: String?

  @Flag(name: .customLong("list"), help: "List the runs that are kept, newest first.")
  var list = false

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func validate() throws {
    if list, run != nil || output != nil || format == .html {
      throw ValidationError("`--list` takes no run, and no other format than `text` and `json`")
    }
  }

  func run(in session: Session) async throws -> ExitStatus {
    if list {
      try session.listRuns(asJSON: format == .json)
    } else {
      try session.report(run, format, to: output.map { FilePath($0) })
    }
    return .success
  }
}
