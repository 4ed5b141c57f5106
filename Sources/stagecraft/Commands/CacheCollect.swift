// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache gc`: makes the cache smaller.

import ArgumentParser
import Cache

/// Removes the oldest results over the budget.
struct CacheCollect: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Remove the oldest results until the cache is within its budget.")

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let report = try session.collector().collect(force: true)
    if report.skipped != nil {
      session.console.note("nothing removed: a run or another collection is under way")
      return .success
    }
    session.console.data(
      "removed \(report.removedRecords) results and \(report.removedBlobs) files, "
        + "\(SizeFormat.text(report.removedBytes)); \(SizeFormat.text(report.bytes)) are left\n")
    return .success
  }
}
