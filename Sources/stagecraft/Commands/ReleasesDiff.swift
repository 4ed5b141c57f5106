// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft releases diff`: what changed from one release to another.

import ArgumentParser
import Planning

/// Compares two releases.
struct ReleasesDiff: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what changed from one release to another: version, images, hosts, variables.",
    discussion: "Names the variables whose values differ; values are recorded nowhere.")

  @Argument(help: ArgumentHelp("The release to start from.", valueName: "from"))
  var old: String

  @Argument(help: ArgumentHelp("The release to compare with it.", valueName: "to"))
  var new: String

  @OptionGroup var flags: ReleaseFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let book = try await session.releases(refresh: flags.refresh)
    let difference = ReleaseDifference(from: try book.record(old), to: try book.record(new))
    if flags.format == .json {
      session.console.data(ReleaseJSON.difference(difference, from: old, to: new))
    } else if difference.isEmpty {
      session.console.note("the two releases do not differ")
    } else {
      session.console.data(
        ReleasePrinter(style: session.console.dataStyle).difference(difference))
    }
    return .success
  }
}
