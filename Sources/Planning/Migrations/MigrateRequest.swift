// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What `stagecraft migrate` was asked for, as a value.

package import Tasks

/// What is to be done with the migrations of one database.
package struct MigrateRequest: Sendable, Hashable {
  /// A migration about which a person found something out.
  package struct Resolution: Sendable, Hashable {
    /// The name of the file.
    package let file: String
    package let verdict: MigrationResolve.Verdict

    /// Makes a resolution.
    package init(file: String, verdict: MigrationResolve.Verdict) {
      self.file = file
      self.verdict = verdict
    }

    /// Reads `FILE=applied` or `FILE=pending`.
    package init?(_ text: String) {
      guard let equals = text.lastIndex(of: "="), equals > text.startIndex,
        let verdict = MigrationResolve.Verdict(rawValue: String(text[text.index(after: equals)...]))
      else { return nil }
      self.init(file: String(text[..<equals]), verdict: verdict)
    }
  }

  /// The database's name.
  package let database: String
  /// What to write down instead of applying anything; nil to apply what is pending.
  package let resolution: Resolution?

  /// Makes a request.
  package init(database: String, resolution: Resolution? = nil) {
    self.database = database
    self.resolution = resolution
  }

  /// As a person would say it.
  package var text: String {
    let words = "migrate --database \(database)"
    return resolution.map { "\(words) --resolve \($0.file)=\($0.verdict.rawValue)" } ?? words
  }
}
