// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft deploy`: the hosts of an environment, brought to what the project says now.

import ArgumentParser
import Planning

/// Deploys to the hosts of an environment.
struct Deploy: RunningCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Bring the hosts of an environment to what the project says now.",
    discussion: """
      Builds and pushes images, renders the Compose file for each host, runs migrations, and replaces \
      the containers that are not as they should be. What is already so is left alone; after a \
      failure or an interruption the next run does the rest.

        stagecraft deploy --env prod                     everything
        stagecraft deploy --env prod --services api,web  two services only
        stagecraft deploy --env prod --hosts web-1       one host only
        stagecraft deploy --env prod --dry-run           only say what would run
        stagecraft plan deploy --env prod --refresh      the same, after asking the hosts
      """)

  @Option(
    name: .customLong("version"),
    help: "The version in tags, labels and the release (default: the git commit).")
  var version: String?

  @OptionGroup var selection: SelectionFlags
  @OptionGroup var change: ChangeFlags

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp(
      "Do exactly what this file says (from `plan deploy --output`), or nothing.",
      valueName: "file"),
    completion: .file())
  var plan: String?

  @OptionGroup var flags: RunFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  mutating func validate() throws {
    try ImageTag.validate(version)
    guard plan != nil else { return }
    if !selection.value.isEverything || !selection.updates.isEmpty || selection.newVolumes
      || selection.adopt
      || version != nil || !flags.force.isEmpty
    {
      throw ValidationError(
        "a plan says itself what is deployed: leave out `--services`, `--hosts`, `--roles`, "
          + "`--update-images`, `--new-volumes`, `--adopt`, `--version` and `--force`")
    }
  }

  func run(in session: Session) async throws -> ExitStatus {
    if let plan {
      return try await session.carryOut(planIn: plan, of: "deploy", flags, change)
    }
    return try await session.change(
      .deploy(
        DeployRequest(
          selection: selection.value, version: version, updates: selection.updates,
          allowsNewVolumes: selection.newVolumes, adopts: selection.adopt,
          keepsGoing: flags.keepGoing)),
      flags, change)
  }
}
