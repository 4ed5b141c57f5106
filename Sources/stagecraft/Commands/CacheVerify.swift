// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache verify`: reads the whole cache.

import ArgumentParser
import Cache

/// Reads every entry of the cache and removes what is damaged.
struct CacheVerify: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every entry of the cache and remove those that are damaged.",
    discussion: "Ends with status 2 if an entry was damaged; the next run makes it anew.")

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let collector = try session.collector()
    let usage = collector.usage()
    let defects = try collector.verify()
    for defect in defects { session.console.data("removed \(Self.text(defect))\n") }
    session.console.data(
      "\(usage.records) results and \(usage.blobs) files read, \(defects.count) damaged\n")
    return defects.isEmpty ? .success : .outside
  }

  private static func text(_ defect: Collector.Defect) -> String {
    switch defect {
    case .badRecord(let digest): "result \(digest.short), which could not be read"
    case .incompleteRecord(let digest, let task):
      "result \(digest.short) of `\(task)`, of which a file was missing or damaged"
    case .badBlob(let digest): "file \(digest.short), whose bytes were not its own"
    }
  }
}
