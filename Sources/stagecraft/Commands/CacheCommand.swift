// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache`: the folder of commands about the cache.

import ArgumentParser

/// Commands about the cache.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Look at the cache of results, make it smaller, check it.",
    discussion: """
      Removing the cache never loses more than time.

        stagecraft cache info     where it is and how large
        stagecraft cache gc       remove the oldest results over the budget
        stagecraft cache verify   read everything, remove what is damaged
      """,
    subcommands: [CacheInformation.self, CacheCollect.self, CacheVerify.self])
}
