// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache gc`: makes the cache smaller.

import ArgumentParser

/// Removes the oldest results over the budget.
struct CacheCollect: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Remove the oldest results until the cache is within its budget.")

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let collected = try session.collectGarbage()
    if collected.wasBusy {
      session.console.note("nothing removed: tasks are running")
    } else {
      session.console.data(
        "removed \(collected.records) results and \(collected.blobs) files, "
          + "\(SizeFormat.text(collected.bytes))\n")
    }
    return .success
  }
}
