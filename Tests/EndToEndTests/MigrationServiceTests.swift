// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Migrations by the psql of a service, on the real engine of this machine: a database in a container,
// and a release folder as a deploy leaves it.

import Foundation
import Testing

struct MigrationServiceTests {
  private static let password = "cA nary'\"$x\\"

  /// A project whose database runs, deployed to this machine as release `r1`.
  private static func deployed() throws -> Sandbox {
    let project = try Sandbox([
      "stagecraft.yml": """
      project: { name: $NAME }
      environments: { dev: { driver: local } }
      databases:
        main:
          connection_env: DATABASE_URL
          migrations: { engine: raw, path: migrations, service: db }

      """,
      "docker-compose.yml": "services: { db: { image: 'postgres:15-bookworm' } }\n",
      "migrations/1.sql": "CREATE TABLE a (b text);\nINSERT INTO a VALUES ('it''s');",
      "migrations/2.sql": "-- stagecraft: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (b);",
    ])
    let release = "../home/.local/state/stagecraft/deployments/\(project.name)/dev/releases/r1/"
    try project.write(
      release + "compose.yaml",
      """
      services:
        db:
          image: postgres:15-bookworm
          environment: { POSTGRES_PASSWORD: "${SC_DB_POSTGRES_PASSWORD?}" }
      """)
    let quoted = password.replacing("'", with: "'\\''")
    try project.write(release + "env", "SC_DB_POSTGRES_PASSWORD='\(quoted)'\n", mode: 0o600)
    try project.write(release + "../../receipt", "r1\nabc\n")
    return project
  }

  private static func compose(_ project: Sandbox, _ words: String...) throws -> Ended {
    let folder = project.directory + "/home/.local/state/stagecraft/deployments/\(project.name)/dev"
    return try project.run(
      [
        "/bin/sh", "-c",
        "cd \"$0/releases/r1\" && set -a && . ./env && exec docker compose -p \"$@\"", folder,
        project.name + "-dev", "-f", "compose.yaml",
      ] + words)
  }

  @Test func `psql of a service applies migrations and no secret is an argument`() throws {
    let project = try Self.deployed()
    defer { _ = try? Self.compose(project, "down", "--volumes") }
    let encoded = Self.password.utf8.map { "%" + String(Int($0) | 0x100, radix: 16).suffix(2) }
    let url = "postgresql://postgres:\(encoded.joined())@db:5432/postgres"
    let variables = ["DATABASE_URL": url]

    // Nothing runs there yet, and to look is no reason to start something.
    try project.stagecraft("migrate", "--plan", adding: variables).ends(2)
      .says("no container of service `db` runs on `local`")

    try Self.compose(project, "up", "--detach").ends(0)
    let isReady = try eventually {
      try Self.compose(project, "exec", "-T", "db", "pg_isready", "-h", "db").status == 0
    }
    #expect(isReady)
    let plan = try project.stagecraft("migrate", "--plan", adding: variables).ends(0)
    #expect(plan.out.hasPrefix("Migration plan (2 pending):"))
    let run = try project.stagecraft("migrate", adding: variables).ends(0)
    #expect(run.out == "Applied migration: 1.sql\nApplied migration: 2.sql\n")
    #expect(try project.stagecraft("migrate", adding: variables).ends(0).out.isEmpty)

    try project.write("migrations/3.sql", "SELECT 1;\nSELECT nothing;")
    try project.stagecraft("migrate", adding: variables).ends(1).says("migrations/3.sql:2:8")
    for canary in ["cA nary", encoded.joined()] {
      #expect(!run.err.contains(canary))
      let found = try project.run(["grep", "-rlF", "--", canary, project.root])
      #expect(found.out.isEmpty, "`\(canary)` is in \(found.out)")
    }
  }
}
