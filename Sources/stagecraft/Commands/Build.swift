// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft build`: images of services.

import ArgumentParser
import Planning

/// Builds images.
struct Build: RunningCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build the images of services that are not up to date.",
    discussion: """
      Without a service, every service with `build:` in the Compose file is built, after the tasks \
      that it needs.

        stagecraft build                       all services
        stagecraft build api web --jobs 4      two of them, four at once
        stagecraft build --push --version 1.4  and push each image by digest
        stagecraft build --dry-run             only say what would run
      """)

  @Argument(
    help: ArgumentHelp("The services to build; all if none is named.", valueName: "service"),
    completion: CompletionValues.services)
  var services: [String] = []

  @Flag(name: .customLong("push"), help: "Push each image to the registry after it is built.")
  var push = false

  @Option(
    name: .customLong("version"),
    help: "The version in tags and labels (default: the git commit, with -dirty for a dirty tree).")
  var version: String?

  @OptionGroup var flags: RunFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  mutating func validate() throws { try ImageTag.validate(version) }

  func run(in session: Session) async throws -> ExitStatus {
    try await session.perform(.build(services: services, push: push, version: version), flags)
  }
}
