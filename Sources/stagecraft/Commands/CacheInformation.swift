// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache info`: where the cache is and how large.

import ArgumentParser

/// Says how large the cache is.
struct CacheInformation: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Say where the cache is, what it holds and how large it may grow.")

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let info = try session.cacheInfo()
    session.console.data(
      """
      path     \(info.path)
      results  \(info.records)
      files    \(info.blobs)
      size     \(SizeFormat.text(info.bytes)) of \(SizeFormat.text(info.budget))

      """)
    return .success
  }
}
