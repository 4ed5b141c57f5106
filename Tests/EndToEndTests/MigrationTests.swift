// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Migrations on a real PostgreSQL: what runs, in which order, what is recorded, and what is refused
// before anything runs.

import Foundation
import Testing

@Suite(.enabled(if: TestDatabase.isWanted))
struct MigrationTests {
  @Test func `pending files run in the order of their names, once`() throws {
    let project = try MigrationProject([
      "0002_b.sql": "INSERT INTO log (what) VALUES ('b');",
      "0001_a.sql": "CREATE TABLE log (n serial, what text);\nINSERT INTO log (what) VALUES ('a')",
      "0010_c.sql": "-- stagecraft: no-transaction\nCREATE INDEX CONCURRENTLY i ON log (what);\n",
      "notes.txt": "no migration",
    ])
    let plan = try project.migrate("--plan").ends(0)
    #expect(
      plan.out == """
        Migration plan (3 pending):
          - 0001_a.sql: SQL migration: 0001_a.sql [pending]
          - 0002_b.sql: SQL migration: 0002_b.sql [pending]
          - 0010_c.sql: SQL migration: 0010_c.sql [pending]

        """)
    #expect(try project.migrate("--dry-run").ends(0).out == plan.out)
    #expect(
      try project.database.query("SELECT count(*) FROM pg_class WHERE relname LIKE 'st%mi%'") == [
        "0"
      ])

    let run = try project.migrate().ends(0)
    #expect(
      run.out == """
        Applied migration: 0001_a.sql
        Applied migration: 0002_b.sql
        Applied migration: 0010_c.sql

        """)
    #expect(try project.database.query("SELECT what FROM log ORDER BY n") == ["a", "b"])
    #expect(
      try project.database.recorded() == [
        "0001_a.sql applied", "0002_b.sql applied", "0010_c.sql applied",
      ])
    let sum = try project.sandbox.run(["sha256sum", "migrations/0002_b.sql"]).out.prefix(64)
    #expect(
      try project.database.query(
        "SELECT checksum FROM stagecraft_migrations WHERE id = '0002_b.sql'") == [String(sum)])

    let again = try project.migrate().ends(0).says("nothing to do")
    #expect(again.out.isEmpty)
    #expect(try project.migrate("--plan").out == "Migration plan (0 pending):\n")
    #expect(try project.database.query("SELECT count(*) FROM log") == ["2"])
    // Another checkout without any state of ours: the database knows.
    try project.sandbox.delete(".stagecraft")
    #expect(try project.migrate().ends(0).out.isEmpty)
    #expect(try project.database.query("SELECT count(*) FROM log") == ["2"])
  }

  @Test func `a file that changed after it ran stops everything before it begins`() throws {
    let project = try MigrationProject(["1.sql": "CREATE TABLE a (b int);"])
    try project.migrate().ends(0)
    let old = try project.database.query("SELECT checksum FROM stagecraft_migrations")
    try project.write("1.sql", "CREATE TABLE a (b int, c int);")
    try project.write("2.sql", "CREATE TABLE d (e int);")
    let new = try project.sandbox.run(["sha256sum", "migrations/1.sql"]).out.prefix(64)
    for words in [[], ["--plan"]] {
      let ended = try project.sandbox.start(
        ["migrate"] + words, adding: ["DATABASE_URL": project.database.url]
      ).wait()
      ended.ends(1).says(
        "`migrations/1.sql` was changed after it was applied to `main`", old.joined(), String(new),
        "--resolve 1.sql=applied")
    }
    #expect(try project.database.recorded() == ["1.sql applied"])
    #expect(try project.migrate("status").ends(1).out.contains("differs"))

    try project.migrate("--resolve", "1.sql=applied").ends(0)
    #expect(try project.migrate().ends(0).out == "Applied migration: 2.sql\n")
    #expect(try project.migrate("status").ends(0).out.contains("ok"))
  }

  @Test func `a database that is ahead of the files is no obstacle`() throws {
    let project = try MigrationProject(["1.sql": "SELECT 1;", "2.sql": "SELECT 2;"])
    try project.migrate().ends(0)
    try project.sandbox.delete("migrations/1.sql")
    try project.write("3.sql", "SELECT 3;")
    #expect(try project.migrate().ends(0).out == "Applied migration: 3.sql\n")
    try project.migrate("status").ends(0).says("`1.sql` is applied to `main` and is not in")
  }

  @Test func `an empty folder has nothing to do, and none at all is a mistake`() throws {
    let project = try MigrationProject(["README": "later"])
    #expect(try project.migrate("--plan").ends(0).out == "Migration plan (0 pending):\n")
    try project.migrate("--verbose").ends(0).says("no migrations in `migrations`")
    try project.sandbox.delete("migrations")
    try project.migrate().ends(1).says("`migrations` is not there")
  }

  @Test(arguments: [
    ("SELECT 1;\nSELECT 'it;\nSELECT 2;\n", "2.sql:2:8", "quote that is not closed"),
    ("CREATE TABLE x (a int);\nCOMMIT;\n", "2.sql:2:1", "-- stagecraft: no-transaction"),
    ("SELECT 1;\n\\! touch owned\n", "2.sql:2:1", "a command of psql"),
    ("DO $x$ BEGIN END $y$;", "2.sql:1:4", "`$x$` that is not closed"),
  ])
  func `what cannot be sent whole is refused before the first file runs`(
    sql: String, place: String, words: String
  ) throws {
    let project = try MigrationProject(["1.sql": "CREATE TABLE a (b int);", "2.sql": sql])
    try project.migrate().ends(1).says("migrations/" + place, words, "^")
    try project.migrate("--plan").ends(1).says("migrations/" + place)
    #expect(
      try project.database.query("SELECT count(*) FROM pg_class WHERE relname = 'a'") == ["0"])
    #expect(!project.sandbox.has("owned"))
  }

  @Test func `two files with one number are refused`() throws {
    let project = try MigrationProject(["01_a.sql": "SELECT 1;", "1_b.sql": "SELECT 1;"])
    try project.migrate().ends(1).says(
      "`migrations/01_a.sql` and `migrations/1_b.sql` have the same number")
  }

  @Test(arguments: [
    // The server points into the middle of a statement, after comments and with tabs before it.
    ("-- a\n\n/* b */ CREATE TABLE x (\n\ta int,\n\tb nonsense\n);", "2.sql:5:4", 1, "42704"),
    ("SELECT 1; SELECT * FROM\n  nowhere;", "2.sql:2:3", 1, "42P01"),
    ("SELEC 1;", "2.sql:1:1", 1, "42601"),
    // It points nowhere: then the statement is named.
    (
      "CREATE TABLE x (a int PRIMARY KEY);\nINSERT INTO x\n  VALUES (1), (1);\nSELECT 1;",
      "2.sql:2:1", 2, "23505"
    ),
    ("SELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON a (b)", "2.sql:3:1", 1, "25001"),
    ("SELECT 1;\nSELECT 1/0", "2.sql:2:1", 1, "22012"),
  ])
  func `an error of the server is shown at its place in the file`(
    sql: String, place: String, status: Int32, code: String
  ) throws {
    let project = try MigrationProject([
      "1.sql": "CREATE TABLE a (b int);", "2.sql": sql, "3.sql": "SELECT 3;",
    ])
    try project.migrate().ends(status).says("migrations/" + place, "SQLSTATE \(code)", "^")
    #expect(try project.database.recorded() == ["1.sql applied"])
    #expect(
      try project.database.query("SELECT count(*) FROM pg_class WHERE relname = 'x'") == ["0"])
    try project.write("2.sql", "SELECT 2;")
    #expect(
      try project.migrate().ends(0).out == "Applied migration: 2.sql\nApplied migration: 3.sql\n")
  }

  @Test func `a constraint that is checked at the end undoes the whole file`() throws {
    let project = try MigrationProject([
      "1.sql": """
      CREATE TABLE a (b int PRIMARY KEY);
      CREATE TABLE c (d int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO c VALUES (1);
      """
    ])
    try project.migrate().ends(2).says("SQLSTATE 23503", "when it was committed")
    #expect(try project.database.recorded().isEmpty)
    #expect(
      try project.database.query("SELECT count(*) FROM pg_class WHERE relname = 'a'") == ["0"])
  }

  @Test func `what a file sets does not lead its record astray`() throws {
    let project = try MigrationProject(
      [
        "1.sql": """
        CREATE SCHEMA app;
        CREATE ROLE "$NAME" NOLOGIN;
        GRANT USAGE, CREATE ON SCHEMA app TO "$NAME";
        SELECT pg_catalog.set_config('search_path', '', false);
        SET client_encoding = 'LATIN1';
        SET ROLE "$NAME";
        CREATE TABLE app.a (stagecraft_table int);
        """
      ], settings: "table: public.steps")
    defer {
      _ = try? project.database.query("DROP OWNED BY \"\(project.sandbox.name)\"")
      _ = try? project.database.query("DROP ROLE \"\(project.sandbox.name)\"")
    }
    #expect(try project.migrate().ends(0).out == "Applied migration: 1.sql\n")
    #expect(try project.database.query("SELECT id FROM public.steps") == ["1.sql"])
  }

  @Test func `the table of the original is taken over`() throws {
    let project = try MigrationProject(["1.sql": "CREATE TABLE a (b int);", "2.sql": "SELECT 2;"])
    try project.database.query(
      """
      CREATE TABLE stagecraft_migrations (
        id VARCHAR(255) PRIMARY KEY, applied_at TIMESTAMP NOT NULL);
      INSERT INTO stagecraft_migrations VALUES ('1.sql', '2024-05-06 07:08:09');
      """)
    let before = try project.migrate("status").ends(0).out
    #expect(before.contains("2024-05-06T07:08:09Z  unknown"))
    #expect(try project.migrate().ends(0).out == "Applied migration: 2.sql\n")
    #expect(try project.database.recorded() == ["1.sql applied", "2.sql applied"])
    #expect(try project.migrate("status").ends(0).out.contains("unknown"))
  }

  @Test func `data that follows a COPY is no SQL`() throws {
    let project = try MigrationProject([
      "1.sql": "CREATE TABLE a (b text);\nCOPY a FROM STDIN;\nit's; (\n\\N\n\\.\nSELECT 1;\n"
    ])
    try project.migrate().ends(0)
    #expect(try project.database.query("SELECT coalesce(b, 'null') FROM a") == ["it's; (", "null"])
  }
}
