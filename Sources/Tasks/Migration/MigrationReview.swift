// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Files and rows side by side: what is applied, what is to be done, what does not fit. A pure function
// of both.

import Cache
package import TaskGraph

/// What is to be done in one database.
package struct MigrationReview: JSONStorable, Hashable {
  /// How a migration stands.
  package enum State: String, Codable, Sendable, Hashable {
    case applied
    case pending
    /// Applied, and the file is another now.
    case changed
    /// Applied, and the file is not here.
    case missing
    /// One without a transaction that runs now, or that broke off.
    case running
  }

  /// One migration.
  package struct Entry: Codable, Sendable, Hashable {
    /// The name of the file.
    package let name: String
    package let state: State
    /// SHA-256 of the file here, in hexadecimal; nil where it is not here.
    package let checksum: String?
    /// What the database says; nil where it says nothing.
    package let record: MigrationRecord?
  }

  /// By name, bytewise.
  package let entries: [Entry]

  /// Puts them side by side.
  package init(_ folder: MigrationFolder, _ status: MigrationStatus) {
    var records: [String: MigrationRecord] = [:]
    for record in status.records { records[record.id] = record }
    var entries = folder.files.map { file in
      let record = records.removeValue(forKey: file.name)
      return Entry(
        name: file.name, state: Self.state(of: file, record), checksum: file.checksum.hex,
        record: record)
    }
    entries += records.values.map { record in
      Entry(
        name: record.id, state: record.isApplied ? .missing : .running, checksum: nil,
        record: record)
    }
    self.entries = entries.sorted { Array($0.name.utf8).lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func state(of file: MigrationFile, _ record: MigrationRecord?) -> State {
    guard let record else { return .pending }
    guard record.isApplied else { return .running }
    // A table of an older program says nothing of what ran.
    guard let checksum = record.checksum else { return .applied }
    return checksum == file.checksum.hex ? .applied : .changed
  }

  /// The entries of a state.
  package func entries(_ state: State) -> [Entry] { entries.filter { $0.state == state } }

  /// Those that would run, in order.
  package var pending: [Entry] { entries(.pending) }

  /// What must be settled by a person first; nil where nothing must.
  ///
  /// A file that is missing stops nothing: after a rollback, the database is ahead of the files.
  package func obstacle(in database: MigrationDatabase) -> TaskError? {
    guard let changed = entries(.changed).first, let record = changed.record else { return nil }
    return Self.changed(
      changed.name, recorded: record.checksum ?? "", found: changed.checksum ?? "", in: database)
  }

  /// The error of a file that is not what ran.
  static func changed(
    _ name: String, recorded: String, found: String, in database: MigrationDatabase
  ) -> TaskError {
    TaskError(
      .input,
      "`\(database.folder)/\(name)` was changed after it was applied to `\(database.name)`",
      hint: "put the old text back and write a new migration; if the new text is what the database "
        + "has, `stagecraft migrate --database \(database.name) --resolve \(name)=applied` says so",
      logTail: ["applied  sha256:\(recorded)", "now      sha256:\(found)"])
  }

  /// The error of a migration without a transaction that broke off.
  static func brokeOff(
    _ name: String, by: String, in database: MigrationDatabase
  ) -> TaskError {
    let who = by.isEmpty ? "" : ", begun by \(by),"
    let command = "`stagecraft migrate --database \(database.name) --resolve \(name)="
    return TaskError(
      .input,
      "`\(database.folder)/\(name)`\(who) broke off in `\(database.name)`, and it runs without a "
        + "transaction: which of its statements took effect is not known",
      hint: "look at what it made (`CREATE INDEX CONCURRENTLY` leaves an invalid index); then "
        + command + "applied` counts it as done, and " + command + "pending` runs it again")
  }
}
