// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run did to one database: the result of its migrations, without times.

package import Cache

/// What came of the migrations of one database.
package struct AppliedMigrations: Storable, Hashable {
  /// The database's name.
  package let database: String
  /// Those that this run applied, in order.
  package let applied: [String]
  /// Those that another run applied meanwhile.
  package let skipped: [String]

  /// Makes a value.
  package init(database: String, applied: [String] = [], skipped: [String] = []) {
    self.database = database
    self.applied = applied
    self.skipped = skipped
  }

  /// Writes nothing: what a run had to apply is no reason for what comes after it to run again.
  package func write(to writer: inout RecordWriter) {}

  package init(from reader: inout RecordReader) throws(RecordError) { self.init(database: "") }
}
