// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft releases list`: the releases of one environment or of all.

import ArgumentParser
import Planning

/// Lists releases.
struct ReleasesList: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List releases, newest first; of all environments without --env.")

  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp("How many releases of each environment.", valueName: "count"))
  var limit: Int?

  @OptionGroup var flags: ReleaseFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  mutating func validate() throws {
    if let limit, limit < 1 { throw ValidationError("`--limit` is \(limit), the least is 1") }
  }

  func run(in session: Session) async throws -> ExitStatus {
    let environment =
      session.settings.isEnvironmentChosen ? session.settings.environment : nil
    let book = try await session.releases(refresh: flags.refresh)
    let records = book.listed(environment: environment, limit: limit)
    // Nothing of a name that does not exist is a slip, and not an empty history.
    if records.isEmpty { _ = try session.chosenEnvironments(try Place(session.settings)) }
    switch flags.format {
    case .json: session.console.data(ReleaseJSON.list(records, book))
    case .text where records.isEmpty: session.console.note("no releases found")
    case .text:
      session.console.data(
        ReleasePrinter(style: session.console.dataStyle).list(
          records, book, hasEnvironment: environment == nil))
    }
    return .success
  }
}
