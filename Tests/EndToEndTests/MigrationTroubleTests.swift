// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Migrations while things go wrong, on a real PostgreSQL: several operators at once, programs that are
// killed, time that runs out, secrets that somebody looks for.

import Foundation
import Testing

@Suite(.enabled(if: TestDatabase.isWanted))
struct MigrationTroubleTests {
  @Test func `eight runs at once apply each file once`() throws {
    var files = ["0.sql": "CREATE TABLE log (what text);"]
    for number in 1...4 { files["\(number).sql"] = "INSERT INTO log VALUES ('\(number)');" }
    // Waits for every older transaction: one of ours that waited for the lock would be one.
    files["5.sql"] = "-- stagecraft: no-transaction\nCREATE INDEX CONCURRENTLY i ON log (what);"
    let project = try MigrationProject(files)
    // Checkouts of their own, so that nothing but the database is between them.
    let others = try (1...7).map { _ in
      let other = try Sandbox()
      try other.write("stagecraft.yml", try project.sandbox.read("stagecraft.yml"))
      for (name, text) in files { try other.write("migrations/" + name, text) }
      return other
    }
    let variables = ["DATABASE_URL": project.database.url]
    let runs = try ([project.sandbox] + others).map { try $0.start(["migrate"], adding: variables) }
    let ends = runs.map { $0.wait(seconds: 100) }
    for ended in ends { ended.ends(0) }
    #expect(
      try project.database.query("SELECT what FROM log ORDER BY what") == ["1", "2", "3", "4"])
    #expect(try project.database.recorded() == (0...5).map { "\($0).sql applied" })
    let applied = ends.flatMap { $0.out.split(separator: "\n") }
      .filter { $0.hasPrefix("Applied") }.sorted()
    #expect(applied == (0...5).map { "Applied migration: \($0).sql" })
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func `a run that is killed in the middle of a file leaves nothing of it`(signal: Int32) throws {
    let project = try MigrationProject([
      "1.sql": "CREATE TABLE a (b int);",
      "2.sql": "INSERT INTO a VALUES (1);\n" + MigrationProject.gate + "INSERT INTO a VALUES (2);",
    ])
    try project.close()
    let run = try project.start()
    #expect(try project.reach(), "\(run.errorsSoFar)")
    run.send(signal)
    let ended = run.wait(seconds: 30).ends(signal == SIGKILL ? 128 + SIGKILL : 130)
    if signal == SIGTERM { ended.says("was interrupted and rolled back in `main`") }
    // The session of a client that is gone ends by itself, though its statement would go on.
    #expect(try eventually(within: 15) { try project.waiting() == 0 })
    #expect(try project.database.recorded() == ["1.sql applied"])
    #expect(try project.database.query("SELECT count(*) FROM a") == ["0"])
    try project.open()
    #expect(try project.migrate().ends(0).out == "Applied migration: 2.sql\n")
    #expect(try project.database.query("SELECT b FROM a ORDER BY b") == ["1", "2"])
  }

  @Test func `one without a transaction that was killed is not run again without a word`() throws {
    let project = try MigrationProject([
      "1.sql": "-- stagecraft: no-transaction\nCREATE TABLE a (b int);\n" + MigrationProject.gate
    ])
    try project.close()
    let run = try project.start()
    #expect(try project.reach(), "\(run.errorsSoFar)")
    #expect(try project.migrate("status").ends(0).out.contains("running"))
    run.send(SIGKILL)
    run.wait(seconds: 20).ends(128 + SIGKILL)
    #expect(try eventually(within: 15) { try project.waiting() == 0 })
    #expect(try project.database.recorded() == ["1.sql running"])
    try project.open()
    try project.migrate().ends(1).says(
      "broke off in `main`", "--resolve 1.sql=applied", "--resolve 1.sql=pending")
    #expect(try project.database.recorded() == ["1.sql running"])

    try project.database.query("DROP TABLE a")
    try project.migrate("--resolve", "1.sql=pending").ends(0)
    #expect(try project.migrate().ends(0).out == "Applied migration: 1.sql\n")
    #expect(try project.database.recorded() == ["1.sql applied"])
  }

  @Test func `a second operator waits and then finds it done`() throws {
    let project = try MigrationProject([
      "1.sql": "-- stagecraft: no-transaction\nCREATE TABLE a (b int);\n" + MigrationProject.gate
    ])
    let other = try Sandbox()
    try other.write("stagecraft.yml", try project.sandbox.read("stagecraft.yml"))
    try other.write("migrations/1.sql", try project.sandbox.read("migrations/1.sql"))
    try project.close()
    let first = try project.start()
    #expect(try project.reach(), "\(first.errorsSoFar)")
    let second = try other.start(["migrate"], adding: ["DATABASE_URL": project.database.url])
    let isWaiting = try eventually {
      try project.database.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%LOOP%' "
          + "AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"
      ).count == 1
    }
    #expect(isWaiting, "\(second.errorsSoFar)")
    try project.open()
    #expect(first.wait(seconds: 30).ends(0).out == "Applied migration: 1.sql\n")
    #expect(second.wait(seconds: 30).ends(0).out == "Skipping already applied migration: 1.sql\n")
  }

  @Test func `a migration that takes too long is cancelled on the server too`() throws {
    let project = try MigrationProject(
      ["1.sql": "CREATE TABLE a (b int);\n" + MigrationProject.gate], settings: "timeout: 1s")
    try project.close()
    try project.migrate().ends(2).says("took longer", "`timeout`")
    #expect(try eventually(within: 15) { try project.waiting() == 0 })
    #expect(try project.database.recorded().isEmpty)
  }

  @Test func `a file that a typo kept from running is corrected and run`() throws {
    let project = try MigrationProject([
      "1.sql": "-- stagecraft: no-transaction\nCREATE INDX CONCURRENTLY i ON a (b);\n"
    ])
    try project.migrate().ends(1).says("migrations/1.sql:2:8", "SQLSTATE 42601")
    try project.write("1.sql", "-- stagecraft: no-transaction\nCREATE TABLE a (b int);\n")
    #expect(try project.migrate().ends(0).out == "Applied migration: 1.sql\n")
  }

  @Test func `a password of any character reaches the server and nobody else`() throws {
    let project = try MigrationProject(["1.sql": MigrationProject.gate])
    let password = "cA na\"r'y$`\\\\%&#?/:@[]{}|<>;!*~^=+,ü€\u{7F}"
    let role = project.database.name
    let literal = password.replacing("\\", with: "\\\\").replacing("'", with: "''")
    try project.database.administer("CREATE ROLE \(role) LOGIN PASSWORD E'\(literal)'")
    defer { _ = try? project.database.administer("DROP ROLE \(role)") }
    defer { _ = try? project.database.query("DROP OWNED BY \(role)") }
    try project.database.query("GRANT CREATE ON SCHEMA public TO \(role)")
    try project.close()
    try project.database.query("GRANT SELECT ON gate TO \(role)")
    let encoded = password.utf8.map { "%" + String(Int($0) | 0x100, radix: 16).suffix(2) }.joined()
    let url = project.database.url(user: role, password: encoded)

    let run = try project.start(url: url)
    #expect(try project.reach(), "\(run.errorsSoFar)")
    let commands = try project.sandbox.run(["ps", "-eww", "-o", "args"]).out
    #expect(commands.contains("psql"))
    try project.open()
    let ended = run.wait(seconds: 30).ends(0)
    // The text after a wrong password, where a server might repeat what it got.
    let refused = try project.migrate("--plan", url: url.replacing("%63%41", with: "%63%42"))
    refused.ends(2).says("cannot be reached")
    let malformed = try project.migrate(url: url + "%")
    malformed.ends(1).says("is not the URL")
    for canary in ["cA na", encoded, "%63%41", "na\"r'y"] {
      for text in [commands, ended.out, ended.err, refused.err, malformed.err] {
        #expect(!text.contains(canary), "`\(canary)` is in:\n\(text)")
      }
      let found = try project.sandbox.run(
        ["grep", "-rlF", "--", canary, project.sandbox.directory])
      #expect(found.out.isEmpty, "`\(canary)` is in \(found.out)")
    }
  }
}
