// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft cache verify`: reads the whole cache.

import ArgumentParser

/// Reads every entry of the cache and removes what is damaged.
struct CacheVerify: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every entry of the cache and remove those that are damaged.",
    discussion: "Ends with status 2 if an entry was damaged; the next run makes it anew.")

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run(in session: Session) async throws -> ExitStatus {
    let verified = try session.verifyCache()
    for name in verified.damaged { session.console.data("removed \(name)\n") }
    session.console.data(
      "\(verified.checked) entries read, \(verified.damaged.count) damaged\n")
    return verified.damaged.isEmpty ? .success : .outside
  }
}
