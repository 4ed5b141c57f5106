// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache info`: where the cache is and how large.

import ArgumentParser
import Cache
import SystemPackage

/// Says how large the cache is.
struct CacheInformation: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Say where the cache is, what it holds and how large it may grow.")

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let collector = try session.collector()
    let usage = collector.usage()
    session.console.data(
      """
      path     \(collector.layout.root.string)
      results  \(usage.records)
      files    \(usage.blobs)
      size     \(SizeFormat.text(usage.bytes)) of \(SizeFormat.text(usage.budget))

      """)
    return .success
  }
}
