// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft build`: images of services.

import ArgumentParser
import Planning

/// Builds images.
struct Build: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Build the images of services that are not up to date.",
    discussion: """
      Without a service, every service with `build:` in the Compose file is built, after the tasks \
      that it needs.

        stagecraft build                      all services
        stagecraft build api web --jobs 4     two of them, four at once
        stagecraft build --push --version 1.4 and push each image by digest
        stagecraft build --dry-run            only say what would run
      """)

  @Argument(
    help: ArgumentHelp("The services to build; all if none is named.", valueName: "service"))
  var services: [String] = []

  @Flag(name: .customLong("push"), help: "Push each image to the registry after it is built.")
  var push = false

  @Option(
    name: .customLong("version"),
    help: "The version in tags and labels (default: the git commit, with -dirty for a dirty tree).")
  var version: String?

  @OptionGroup var flags: RunFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  mutating func validate() throws {
    guard let version else { return }
    let isTag =
      !version.isEmpty && version.utf8.count <= 128 && !version.hasPrefix(".")
      && !version.hasPrefix("-")
      && version.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "._-".unicodeScalars.contains(scalar))
      }
    if !isTag {
      throw ValidationError(
        "`--version` is `\(TerminalText.sanitized(version))`, which cannot be the tag of an image: "
          + "letters, digits, `.`, `_` and `-`, beginning with none of `.` and `-`, at most 128")
    }
  }

  func run(in session: Session) async throws -> ExitStatus {
    try await session.perform(.build(services: services, push: push, version: version), flags)
  }
}
