// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft releases diff`: what changed from one release to another.

import ArgumentParser

/// Compares two releases.
struct ReleasesDiff: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what changed from one release to another: version, images, hosts, variables.",
    discussion: "Names the variables whose values differ; values are recorded nowhere.")

  @Argument(
    help: ArgumentHelp("The release to start from.", valueName: "from"),
    completion: CompletionValues.releases)
  var old: String

  @Argument(
    help: ArgumentHelp("The release to compare with it.", valueName: "to"),
    completion: CompletionValues.releases)
  var new: String

  @OptionGroup var flags: ReleaseFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    try await session.compareReleases(old, new, refresh: flags.refresh, flags.format)
    return .success
  }
}
