// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft releases`: the folder of commands about the release history.

import ArgumentParser

/// Commands about releases.
struct ReleasesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "releases", abstract: "Show what was deployed, when, and how far it came.",
    discussion: """
      The history lies with the hosts; these commands read the copy in .stagecraft/releases.json. \
      With --refresh they ask the hosts first.

        stagecraft releases list --env prod   the releases of an environment, newest first
        stagecraft releases show ID           one release with its phases, hosts and images
        stagecraft releases diff ID ID        what changed from one to the other
      """,
    subcommands: [ReleasesList.self, ReleasesShow.self, ReleasesDiff.self])
}
