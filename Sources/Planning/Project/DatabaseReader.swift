// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads `databases` sections, at the top of the file and in environments. Knows their keys; connects
// to nothing and looks at no migration.

import YAML

/// Reads which databases have migrations.
enum DatabaseReader {
  /// The databases of the project that have migrations, with `defaults` for what they leave out.
  static func read(
    _ entry: Mapping.Entry, defaults: MigrationDefaults, into reading: inout Reading
  ) -> [DatabaseDefinition] {
    let before = reading.diagnostics.count
    reading.check(entry, .names(ProjectSchema.database), section: "databases")
    guard reading.diagnostics.count == before, let mapping = entry.value.mapping else { return [] }
    return mapping.entries.compactMap { database in
      guard let migrations = database.value.mapping?.entry("migrations") else { return nil }
      guard let variable = database.value["connection_env"]?.string else {
        reading.report(
          .missingKey("connection_env", section: "databases.\(database.key)"), atKeyOf: database)
        return nil
      }
      let own = override(database, into: &reading)
      let everywhere = defaults.everywhere
      let section = "databases.\(database.key).migrations"
      if own.engine == nil, everywhere.engine == nil {
        reading.report(.missingKey("engine", section: section), atKeyOf: migrations)
      }
      guard let path = own.path ?? everywhere.path else {
        reading.report(.missingKey("path", section: section), atKeyOf: migrations)
        return nil
      }
      return DatabaseDefinition(
        base: DatabaseSettings(
          name: database.key, connectionVariable: variable, path: path,
          location: reading.location(database.keyMark)), own: own)
    }
  }

  /// What an environment says of databases; the schema has already accepted it.
  static func overrides(
    _ node: Node, of databases: [DatabaseDefinition], into reading: inout Reading
  ) -> [DatabaseOverride] {
    let known = databases.map(\.base.name)
    return (node.mapping?.entries ?? []).map { entry in
      if entry.value["migrations"] != nil, !known.contains(entry.key) {
        reading.report(
          .unknownDatabase(entry.key, nearest: reading.nearest(to: entry.key, among: known)),
          atKeyOf: entry)
      }
      return override(entry, into: &reading)
    }
  }

  private static func override(
    _ entry: Mapping.Entry, into reading: inout Reading
  ) -> DatabaseOverride {
    var result = DatabaseOverride(
      name: Reference(name: entry.key, location: reading.location(entry.keyMark)))
    result.connectionVariable = entry.value["connection_env"]?.string
    guard let migrations = entry.value["migrations"] else { return result }
    result.engine = migrations["engine"]?.string
    result.path = path(migrations, into: &reading)
    result.strategy = migrations["strategy"]?.string.flatMap(
      DatabaseSettings.Strategy.init(rawValue:))
    result.service = migrations["service"].flatMap { node in
      node.string.map { reading.reference($0, at: node) }
    }
    result.table = migrations["table"]?.string
    result.timeout = migrations["timeout"].flatMap(ServiceReader.duration)
    return result
  }

  private static func path(_ migrations: Node, into reading: inout Reading) -> Reference? {
    guard let node = migrations["path"], let text = node.string,
      case .inside(let path) = RelativePath.resolve(text)
    else { return nil }
    return reading.reference(path.isEmpty ? "." : path, at: node)
  }
}
