// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A database of one test in the PostgreSQL of the test stack, and a project whose migrations go there.
// Removes the database when it goes away.

import Foundation
import Testing

/// A database of one test's own.
final class TestDatabase: Sendable {
  /// The server's own database; nil where no stack was started.
  static let server = ProcessInfo.processInfo.environment["STAGECRAFT_STACK_DATABASE_URL"]

  /// Whether tests on it run: they fail where a stack is demanded and none is there.
  static var isWanted: Bool {
    server != nil || ProcessInfo.processInfo.environment["STAGECRAFT_REQUIRE_STACK"] == "1"
  }

  /// A server is demanded and none is known.
  struct NoServer: Error {}

  let name: String
  /// Of the user who owns it.
  let url: String
  private let administration: String

  /// An empty database.
  init() throws {
    guard let server = Self.server, let slash = server.lastIndex(of: "/") else { throw NoServer() }
    administration = server
    name = "m_" + UUID().uuidString.prefix(12).lowercased().replacing("-", with: "")
    url = server[..<slash] + "/" + name
    try Self.psql(administration, "CREATE DATABASE \(name)")
  }

  deinit {
    do {
      try Self.psql(administration, "DROP DATABASE \(name) WITH (FORCE)")
    } catch {
      FileHandle.standardError.write(Data("left behind: database \(name): \(error)\n".utf8))
    }
  }

  /// Runs SQL there and returns its rows, their columns joined by `|`.
  @discardableResult
  func query(_ sql: String) throws -> [String] { try Self.psql(url, sql) }

  /// The same on the server's own database.
  @discardableResult
  func administer(_ sql: String) throws -> [String] { try Self.psql(administration, sql) }

  /// The URL with another user and password, as they are to be written.
  func url(user: String, password: String) -> String {
    let rest = url[(url.firstIndex(of: "@") ?? url.startIndex)...]
    return "postgresql://\(user):\(password)\(rest)"
  }

  /// What ran, in order: `file state`.
  func recorded() throws -> [String] {
    try query("SELECT id || ' ' || state FROM stagecraft_migrations ORDER BY id COLLATE \"C\"")
  }

  @discardableResult
  private static func psql(_ url: String, _ sql: String) throws -> [String] {
    let ended = try RunningProgram(
      ["psql", url, "-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql], in: "/",
      environment: ProcessInfo.processInfo.environment
    ).wait(seconds: 30)
    guard ended.status == 0 else { throw QueryError(sql: sql, said: ended.err) }
    return ended.out.split(separator: "\n").map(String.init)
  }

  /// A query that the server refused.
  struct QueryError: Error {
    let sql: String
    let said: String
  }
}

/// A project with migrations and the database that they go to.
final class MigrationProject: Sendable {
  let database: TestDatabase
  let sandbox: Sandbox

  /// A project with these files in its folder of migrations; `settings` are further lines of
  /// `migrations:`.
  init(_ files: [String: String], settings: String = "") throws {
    database = try TestDatabase()
    sandbox = try Sandbox()
    let extra = settings.isEmpty ? "" : ", " + settings
    try sandbox.write(
      "stagecraft.yml",
      """
      project: { name: $NAME }
      databases:
        main:
          connection_env: DATABASE_URL
          migrations: { engine: raw, path: migrations\(extra) }

      """)
    for (name, text) in files { try write(name, text) }
  }

  /// Writes a migration.
  func write(_ name: String, _ text: String) throws {
    try sandbox.write("migrations/" + name, text)
  }

  /// Starts `stagecraft migrate`.
  func start(_ words: String..., url: String? = nil) throws -> RunningProgram {
    try sandbox.start(["migrate"] + words, adding: ["DATABASE_URL": url ?? database.url])
  }

  /// Runs `stagecraft migrate`.
  @discardableResult
  func migrate(_ words: String..., url: String? = nil) throws -> Ended {
    try sandbox.start(["migrate"] + words, adding: ["DATABASE_URL": url ?? database.url])
      .wait(seconds: 60)
  }

  // MARK: A migration that waits

  /// SQL that waits until ``open()``.
  static let gate = """
    DO $$ BEGIN WHILE EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$;

    """

  /// Makes the gate, closed.
  func close() throws { try database.query("CREATE TABLE gate AS SELECT 1 AS shut") }

  /// Lets every migration through.
  func open() throws { try database.query("DELETE FROM gate") }

  /// Waits until a migration stands at the gate.
  func reach() throws -> Bool { try eventually { try waiting() == 1 } }

  /// How many sessions stand at the gate.
  func waiting() throws -> Int {
    try database.query(
      """
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
      AND query LIKE 'DO $$ BEGIN WHILE%'
      """
    ).count
  }
}
