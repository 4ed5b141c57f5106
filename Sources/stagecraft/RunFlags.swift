// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The flags of commands that run tasks. Holds only what was typed.

import ArgumentParser

/// How the end of a run is told on standard output.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, json
}

/// Flags of `build` and `run`.
struct RunFlags: ParsableArguments {
  @Option(
    name: [.customShort("j"), .customLong("jobs")],
    help: ArgumentHelp("How many tasks may use a processor at once.", valueName: "count"))
  var jobs: Int?

  @Flag(
    name: [.customShort("k"), .customLong("keep-going")],
    help: "After a failure, go on with what does not depend on it.")
  var keepGoing = false

  @Option(
    name: .customLong("force"),
    help: ArgumentHelp(
      "Run the tasks whose names match, up to date or not; may be given more than once.",
      valueName: "glob"))
  var force: [String] = []

  @Option(
    name: .customLong("format"),
    help: "What standard output gets: nothing, or one JSON object.")
  var format: ReportFormat = .text

  mutating func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("`--jobs` is \(jobs), the least is 1") }
    if force.contains("") { throw ValidationError("`--force` has an empty pattern") }
  }
}
