// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft releases show`: one release as it is recorded.

import ArgumentParser
import Planning

/// Shows one release.
struct ReleasesShow: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one release: its phases, hosts and images.")

  @Argument(
    help: ArgumentHelp("The release, as `stagecraft releases list` names it.", valueName: "id"),
    completion: CompletionValues.releases)
  var id: String

  @OptionGroup var flags: ReleaseFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let book = try await session.releases(refresh: flags.refresh)
    let record = try book.record(id)
    session.console.data(
      flags.format == .json
        ? ReleaseJSON.one(record, book)
        : Array(ReleasePrinter(style: session.console.dataStyle).show(record, book).utf8))
    return .success
  }
}
