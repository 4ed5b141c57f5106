// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an environment sets for Compose files, and who wins over whom. Proves spec/tasks/render.md.

import SystemPackage
import TestSupport
import Testing

@testable import Planning

struct ComposeOverlayTests {
  @Test func `settings are variables, over the env file and under the process`() async throws {
    try await TemporaryDirectory.with { tree in
      try tree.write(
        "stagecraft.yml",
        """
        project: {name: demo}
        environments:
          dev: {driver: local, env_file: dev.env, postgres_volume: pg, db_port_publish: ""}
        """)
      try tree.write("dev.env", "POSTGRES_VOLUME=file\nREDIS_VOLUME=file\n")
      func variables(_ process: [String: String]) throws -> [String: String] {
        let file = tree.path("stagecraft.yml")
        return try Workspace.load(
          ProjectLocation(root: tree.root, file: file, shownFile: "stagecraft.yml"),
          environmentName: nil, process: process
        ).environment
      }
      #expect(
        try variables([:]) == [
          "POSTGRES_VOLUME": "pg", "DB_PORT_PUBLISH": "", "REDIS_VOLUME": "file",
        ])
      #expect(try variables(["POSTGRES_VOLUME": "mine"])["POSTGRES_VOLUME"] == "mine")
    }
  }
}
