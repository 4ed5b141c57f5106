// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys of `migrations`: what databases have in common. Says nothing about what they do.

extension ProjectSchema {
  /// The `migrations` section: what databases have in common.
  static let migrations = Schema.record(
    migrationFields + [
      .init("env", .names(.record(migrationFields)), "what is said differently of an environment")
    ])

  private static let migrationFields = [
    Schema.Field(
      "enabled", .boolean,
      "whether deploys run migrations; `stagecraft migrate` does in any case", default: "true",
      example: "false"),
    .init("default_engine", engine, "what reads migrations, where a database does not say it"),
    .init(
      "sources",
      .record([
        .init(
          "raw_sql_dir", .path, "the folder of migrations, where a database does not say it",
          example: "migrations")
      ]), "where migrations are"),
    .init(
      "engine_config",
      .record([
        .init(
          "raw",
          .record([
            .init("dialect", .oneOf(["postgres"]), "the language of migrations"),
            .init(
              "schema_table", .text,
              "the table that says which have run, where a database does not say it",
              example: "schema_migrations"),
          ]), "settings of the engine `raw`")
      ]), "settings of engines"),
  ]
}
