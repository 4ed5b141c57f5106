// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The flags of all commands on the release history. Holds only what was typed.

import ArgumentParser

/// Flags of `releases list`, `show` and `diff`.
struct ReleaseFlags: ParsableArguments {
  @Option(name: .customLong("format"), help: "A table for people, or one JSON object.")
  var format: ReportFormat = .text

  @Flag(
    name: .customLong("refresh"),
    help: "Ask the hosts of the environment (--env; default: all) first.")
  var refresh = false
}
