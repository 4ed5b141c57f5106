// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft rollback`: the hosts of an environment, brought back to an earlier release.

import ArgumentParser
import Planning

/// Brings an earlier release back.
struct Rollback: RunningCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Bring an earlier release back: images, files and environment together.",
    discussion: """
      Hosts keep what their releases were made of, so nothing is built or rendered, and a registry \
      that is away does no harm. Migrations are not undone; those that ran since are named.

        stagecraft rollback --env prod --to-previous
        stagecraft rollback --env prod --to-release rel-20260102-030405678
        stagecraft rollback --env prod --to-version 1.4
        stagecraft plan rollback --env prod --to-previous --refresh
      """)

  @OptionGroup var target: RollbackFlags

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp(
      "Do exactly what this file says (from `plan rollback --output`), or nothing.",
      valueName: "file"))
  var plan: String?

  @Option(
    name: .customLong("hosts"),
    help: ArgumentHelp("Only these hosts, separated by commas.", valueName: "names"),
    transform: SelectionFlags.names)
  var hosts: [String] = []

  @OptionGroup var change: ChangeFlags
  @OptionGroup var flags: RunFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  mutating func validate() throws {
    guard plan != nil else { return }
    if target.isGiven || !hosts.isEmpty || !flags.force.isEmpty {
      throw ValidationError(
        "a plan says itself where it goes back to: leave out `--to-…`, `--hosts` and `--force`")
    }
  }

  func run(in session: Session) async throws -> ExitStatus {
    if let plan {
      return try await session.carryOut(planIn: plan, of: "rollback", flags, change)
    }
    return try await session.change(
      .rollback(
        RollbackRequest(target: try target.value(), hosts: hosts, keepsGoing: flags.keepGoing)),
      flags, change)
  }
}
