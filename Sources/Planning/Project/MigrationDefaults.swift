// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The root section `migrations`: what holds for every database that does not say otherwise, everywhere
// and in one environment. A value with its reader; connects to nothing.

import YAML

/// What databases have in common.
package struct MigrationDefaults: Sendable, Hashable {
  /// What one level of the section says; nil where it says nothing.
  package struct Level: Sendable, Hashable {
    /// Whether deploys run migrations at all.
    package var isEnabled: Bool?
    /// What reads the migrations.
    package var engine: String?
    /// The folder of migrations.
    package var path: Reference?
    /// The table that says which migrations have run.
    package var table: String?

    init() {}
  }

  /// What holds everywhere.
  package var everywhere = Level()
  /// What is said differently of environments, by name.
  package var environments: [String: Level] = [:]

  /// Says nothing.
  package init() {}

  /// What holds in an environment, or where there is none: its own level over that of all.
  package func level(of environment: String?) -> Level {
    guard let own = environment.flatMap({ environments[$0] }) else { return everywhere }
    var level = everywhere
    level.isEnabled = own.isEnabled ?? level.isEnabled
    level.engine = own.engine ?? level.engine
    level.path = own.path ?? level.path
    level.table = own.table ?? level.table
    return level
  }

  /// Reads the section; the names of its environments are checked against `known` later.
  static func read(_ entry: Mapping.Entry, into reading: inout Reading) -> MigrationDefaults {
    let before = reading.diagnostics.count
    refuse(entry.value, into: &reading)
    for field in entry.value["env"]?.mapping?.entries ?? [] {
      refuse(field.value, into: &reading)
    }
    guard reading.diagnostics.count == before else { return MigrationDefaults() }
    reading.check(entry, ProjectSchema.migrations, section: "migrations")
    guard reading.diagnostics.count == before else { return MigrationDefaults() }
    var defaults = MigrationDefaults()
    defaults.everywhere = level(entry.value, into: &reading)
    for field in entry.value["env"]?.mapping?.entries ?? [] {
      defaults.environments[field.key] = level(field.value, into: &reading)
    }
    return defaults
  }

  /// Reports environments that the file does not have.
  static func check(
    _ entry: Mapping.Entry, known: [String], into reading: inout Reading
  ) {
    for field in entry.value["env"]?.mapping?.entries ?? [] where !known.contains(field.key) {
      reading.report(
        .unknownEnvironment(
          field.key, known: known, nearest: reading.nearest(to: field.key, among: known)),
        atKeyOf: field)
    }
  }

  private static func level(_ node: Node, into reading: inout Reading) -> Level {
    var level = Level()
    level.isEnabled = node["enabled"]?.bool
    level.engine = node["default_engine"]?.string
    level.path = node["sources"]?["raw_sql_dir"].flatMap { folder in
      guard let text = folder.string, case .inside(let path) = RelativePath.resolve(text) else {
        return nil
      }
      return reading.reference(path.isEmpty ? "." : path, at: folder)
    }
    level.table = node["engine_config"]?["raw"]?["schema_table"]?.string
    return level
  }

  /// Says of keys that would choose among migrations what does so here.
  private static func refuse(_ node: Node, into reading: inout Reading) {
    let files = node["sources"]?.mapping?.entry("raw_sql_files")
    for entry in [files, node.mapping?.entry("selection")].compactMap(\.self) {
      reading.report(
        .stated(
          id: "migration-selection",
          message: "`\(entry.key)` chooses among migrations, which is not supported: all of a "
            + "folder run, in the order of their names",
          hint: "give what is to run apart a folder, and an entry of `databases` with that `path`"),
        atKeyOf: entry)
    }
  }
}
