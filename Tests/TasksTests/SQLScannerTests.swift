// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves where statements end, and what a migration may not hold.

import TaskGraph
import Testing

@testable import Tasks

struct SQLScannerTests {
  private func texts(_ sql: String) throws -> [String] {
    let bytes = Array(sql.utf8)
    return try SQLScanner.statements(of: bytes).map {
      String(decoding: bytes[$0.start..<$0.end], as: UTF8.self)
    }
  }

  @Test(arguments: [
    ("", []), ("-- nothing\n/* at /* all */ */ ;\n;", []),
    ("SELECT 1; SELECT 2", ["SELECT 1;", "SELECT 2"]),
    ("\u{FEFF}SELECT 1;", ["SELECT 1;"]), ("-- a;b\nSELECT 1 -- c;d\n;", ["SELECT 1 -- c;d\n;"]),
    ("SELECT 'a;b''c;';SELECT 2;", ["SELECT 'a;b''c;';", "SELECT 2;"]),
    ("SELECT 'a\\'; SELECT 2;", ["SELECT 'a\\';", "SELECT 2;"]),
    ("SELECT E'a\\';b'; SELECT 2;", ["SELECT E'a\\';b';", "SELECT 2;"]),
    ("SELECT \"a;\"\"b\"; SELECT 2;", ["SELECT \"a;\"\"b\";", "SELECT 2;"]),
    ("DO $$ BEGIN; END $$; SELECT 2;", ["DO $$ BEGIN; END $$;", "SELECT 2;"]),
    ("DO $a$ $$; $b$ ; $a$; SELECT 2;", ["DO $a$ $$; $b$ ; $a$;", "SELECT 2;"]),
    ("SELECT a$b$c; SELECT $1;", ["SELECT a$b$c;", "SELECT $1;"]),
    (
      "CREATE RULE r AS ON INSERT TO t DO (a; b); SELECT 2;",
      ["CREATE RULE r AS ON INSERT TO t DO (a; b);", "SELECT 2;"]
    ),
    (
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; "
        + "SELECT 3; END; SELECT 4;",
      [
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; "
          + "SELECT 3; END;", "SELECT 4;",
      ]
    ),
    ("COPY t FROM STDIN;\n'\t;\n\\.\nSELECT 1;", ["COPY t FROM STDIN;", "SELECT 1;"]),
    (
      "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n(\n\\.\r\nSELECT 1;",
      ["COPY t (a, b) FROM stdin WITH (FORMAT csv);", "SELECT 1;"]
    ),
    ("SELECT 1e5; SELECT 2;", ["SELECT 1e5;", "SELECT 2;"]),
  ])
  func `statements end where PostgreSQL ends them`(sql: String, expected: [String]) throws {
    #expect(try texts(sql) == expected)
  }

  @Test(arguments: [
    ("SELECT 'a;\nSELECT 2;", 7), ("SELECT E'a\\';", 8), ("SELECT \"a;", 7), ("SELECT 1; /* a", 10),
    ("/* /* */ SELECT 1;", 0), ("DO $x$ a $X$;", 3), ("SELECT (1;", 7), ("SELECT 1);", 8),
    ("SELECT 1;\n\\q", 10), ("\\! rm x", 0), ("SELECT\u{0}1;", 6), ("COPY t FROM STDIN;\n1\n", 17),
    ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;", 32),
  ])
  func `what never ends is found at its beginning`(sql: String, offset: Int) {
    let fault = #expect(throws: SQLScanner.Fault.self) {
      try SQLScanner.statements(of: Array(sql.utf8))
    }
    #expect(fault?.offset == offset)
  }

  private func error(_ sql: String) -> TaskError? {
    let file = MigrationFile(name: "1.sql", path: "m/1.sql", bytes: Array(sql.utf8))
    return #expect(throws: TaskError.self) { try file.script() }
  }

  @Test(arguments: [
    "COMMIT", "ROLLBACK", "END", "ABORT", "BEGIN", "START TRANSACTION", "commit and chain",
    "PREPARE TRANSACTION 'a'", "COMMIT PREPARED 'a'", "Begin Work",
  ])
  func `a transaction of its own is refused with the line that would allow it`(word: String) {
    let error = error("CREATE TABLE a (b int);\n  \(word);\n")
    #expect(error?.code == .input)
    #expect(error?.logTail.first == "m/1.sql:2:3")
    #expect(error?.hint?.contains("`-- stagecraft: no-transaction`") == true)
  }

  @Test(arguments: [
    "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; RELEASE a;", "ROLLBACK WORK TO a;",
    "PREPARE q AS SELECT 1;", "SELECT 'COMMIT;';", "-- COMMIT;\n", "DO $$ BEGIN NULL; END $$;",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;",
  ])
  func `what only looks like one is not`(sql: String) throws {
    let file = MigrationFile(name: "1.sql", path: "m/1.sql", bytes: Array(sql.utf8))
    #expect(try file.script().isTransactional)
  }

  @Test func `the marker stands before the first statement`() throws {
    func isTransactional(_ sql: String) throws -> Bool {
      try MigrationFile(name: "1.sql", path: "m/1.sql", bytes: Array(sql.utf8)).script()
        .isTransactional
    }
    #expect(try !isTransactional("-- stagecraft: no-transaction\nVACUUM;"))
    #expect(try !isTransactional("-- why\r\n\r\n  --  stagecraft: no-transaction \r\nVACUUM;\r\n"))
    #expect(try isTransactional("SELECT 1;\n-- stagecraft: no-transaction\n"))
    #expect(try !isTransactional("-- stagecraft: no-transaction\nBEGIN; COMMIT;"))
    #expect(
      error("-- stagecraft: no-transactions\nVACUUM;")?.logTail.first == "m/1.sql:1:1")
    #expect(
      error("-- stagecraft: no-transaction\nBEGIN;\nSELECT 1;")?.message
        == "`m/1.sql` leaves a transaction open")
  }

  @Test func `numbers are the same with and without zeros before them`() throws {
    func folder(_ names: String...) throws -> [String] {
      try MigrationFolder(
        names.map { MigrationFile(name: $0, path: "m/" + $0, bytes: []) }
      ).files.map(\.name)
    }
    #expect(try folder("b.sql", "0002.sql", "001_a.sql") == ["0002.sql", "001_a.sql", "b.sql"])
    let error = #expect(throws: TaskError.self) { try folder("2_a.sql", "01_x.sql", "002_b.sql") }
    #expect(error?.message == "`m/002_b.sql` and `m/2_a.sql` have the same number")
  }
}
