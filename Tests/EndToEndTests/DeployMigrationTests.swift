// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Migrations within deploys, by the psql of a service on a host: what fails stops the deploy, and the
// next one goes on from there.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Migrations {
    @Test func `a deploy goes on after a migration that failed, the first one too`() throws {
      let host = try Stack.steady(1)[0]
      let app = try Deployed(
        [host],
        services: [
          (
            "db",
            [
              "image: postgres:15-bookworm", "environment: { POSTGRES_PASSWORD: secret }",
              "healthcheck:", "  test: [CMD, pg_isready, -h, 127.0.0.1]", "  interval: 1s",
              "  retries: 60",
            ]
          ), ("web", ["environment: { ROUND: one }", "depends_on: [db]"]),
        ],
        more: """
          databases:
            main:
              connection_env: DATABASE_URL
              migrations: { engine: raw, path: migrations, service: db, strategy: pre_deploy }

          """)
      let variables = [
        "DATABASE_URL": "postgresql://postgres:secret@127.0.0.1:5432/postgres"
      ]
      try app.project.write("migrations/1.sql", "SELECT nothing;\n")
      try app.deploy(adding: variables).ends(1).says("migrations/1.sql:1:8")
      // What the host is to run is the same: its files are there already, and no release is in use.
      try app.project.write("migrations/1.sql", "CREATE TABLE a (b int);\n")
      try app.deploy(adding: variables).ends(0)
      #expect(try app.variable("ROUND", on: host) == "one")

      try app.edit("ROUND: one", "ROUND: two")
      try app.project.write("migrations/2.sql", "SELECT nothing;\n")
      try app.deploy(adding: variables).ends(1).says("migrations/2.sql:1:8")
      #expect(try app.variable("ROUND", on: host) == "one")
      try app.project.write("migrations/2.sql", "INSERT INTO a VALUES (1);\n")
      try app.deploy(adding: variables).ends(0)
      #expect(try app.variable("ROUND", on: host) == "two")
      let status = try app.project.run(
        [Sandbox.program, "migrate", "status", "--env", "prod"], adding: variables)
      #expect(status.ends(0).out.contains("2.sql"), "\(status)")
    }
  }
}
