// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft unlock`: takes the lock away from a run that is known to be dead.

import ArgumentParser
import Planning

/// Removes the lock of an environment.
struct Unlock: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "unlock",
    abstract: "Remove the lock of an environment whose holder is known to be dead.",
    discussion: """
      A lock expires by itself a minute after its holder's last sign of life; this is for those who \
      cannot wait. Says who held it.

        stagecraft unlock --env prod
        stagecraft unlock --env prod --dry-run    only say who holds it
      """)

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus { try await session.unlock() }
}
