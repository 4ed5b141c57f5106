// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is applied is known service by service: partial deploys, undos and rollbacks bring each service to
// what it ran, and never to what was never there. On the engine of this machine.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.engine), .serialized) struct Composition {
    /// Two services of one environment, each with its version.
    private static func compose(db: Int, web: Int, command: String = "exec sleep 3600") -> String {
      """
      services:
        db:
          {image: busybox:1.35, init: true, command: [sleep, "3600"], environment: {V: "\(db)"},
          stop_grace_period: 1s}
        web:
          {image: busybox:1.35, init: true, command: [sh, -c, "\(command)"],
          environment: {V: "\(web)"}, stop_grace_period: 1s}
      """
    }

    private static func app(onFailure: String = "stop") throws -> LocalDeployment {
      let app = try LocalDeployment(
        compose(db: 1, web: 1), settings: "services: {db: {strategy: recreate}}\n")
      try app.project.edit("stagecraft.yml") {
        $0.replacing(
          "{driver: local}", with: "{driver: local, rollout: {on_failure: \(onFailure)}}")
      }
      return app
    }

    private func write(
      _ app: LocalDeployment, db: Int, web: Int, command: String = "exec sleep 3600"
    ) throws {
      try app.project.write("compose.yaml", Self.compose(db: db, web: web, command: command))
    }

    /// Expects one container of each service, with these versions.
    private func expect(
      _ app: LocalDeployment, db: Int, web: Int, at location: SourceLocation = #_sourceLocation
    ) throws {
      for (service, version) in [("db", db), ("web", web)] {
        let found = try app.inspect(service, "{{.State.Status}} {{json .Config.Env}}")
        #expect(
          found.count == 1 && found[0].hasPrefix("running") && found[0].contains("V=\(version)\""),
          "\(service): \(found)", sourceLocation: location)
      }
    }

    private func rollback(_ app: LocalDeployment, _ words: String...) throws -> Ended {
      try app.project.run([Sandbox.program, "rollback", "--env", "dev", "--yes"] + words)
    }

    @Test func `after a partial deploy nothing goes to what was never run`() throws {
      let app = try Self.app(onFailure: "rollback")
      try app.deploy().ended.ends(0)
      try write(app, db: 2, web: 2)
      try app.deploy("--services", "web").ended.ends(0)
      try expect(app, db: 1, web: 2)
      let before = try app.inspect("db", "{{.Id}}")
      let list = try app.project.stagecraft("releases", "list", "--env", "dev").ends(0)
      #expect(list.out.contains("deploy (web only)"), "\(list)")

      // The undo of a partial deploy is about what that one touched.
      try write(app, db: 2, web: 3, command: "exit 3")
      try app.deploy("--services", "web").ended.ends(2)
      try expect(app, db: 1, web: 2)
      #expect(try app.inspect("db", "{{.Id}}") == before)

      // So is going back from it: to the release before, with the database that ran then.
      try write(app, db: 3, web: 3)
      try app.deploy("--services", "web").ended.ends(0)
      try expect(app, db: 1, web: 3)
      try rollback(app, "--to-previous").ends(0)
      try expect(app, db: 1, web: 2)
      #expect(try app.inspect("db", "{{.Id}}") == before)
    }

    @Test func `a start that fails puts back what ran, whatever partial deploys said`() throws {
      let app = try Self.app()
      try app.deploy().ended.ends(0)
      try write(app, db: 2, web: 2)
      try app.deploy("--services", "web").ended.ends(0)
      try app.project.edit("compose.yaml") {
        $0.replacing(
          "command: [sleep, \"3600\"], environment: {V: \"2\"}",
          with: "command: [nothing], environment: {V: \"3\"}")
      }
      try app.deploy().ended.ends(2)
      try expect(app, db: 1, web: 2)
    }

    @Test func `a repair is no step back, and where there is none that is said`() throws {
      let app = try Self.app()
      try app.deploy().ended.ends(0)
      try write(app, db: 1, web: 2)
      try app.deploy().ended.ends(0)
      try app.project.docker(["rm", "--force"] + app.inspect("web", "{{.Id}}")).ends(0)
      try app.deploy().ended.ends(0)
      let list = try app.project.stagecraft("releases", "list", "--env", "dev").ends(0)
      #expect(list.out.contains("repair"), "\(list)")
      try rollback(app, "--to-previous").ends(0)
      try expect(app, db: 1, web: 1)

      let other = try Self.app()
      try other.deploy().ended.ends(0)
      try rollback(other, "--to-previous").ends(1).says("no previous release")
    }

    @Test func `a partial deploy takes nothing away that it was not asked for`() throws {
      let app = try Self.app()
      try app.deploy().ended.ends(0)
      try app.project.edit("compose.yaml") {
        $0.replacing("  web:\n", with: "  site:\n").replacing("V: \"1\"", with: "V: \"2\"")
      }
      try app.deploy("--services", "db").ended.ends(0)
      try expect(app, db: 2, web: 1)
      try app.deploy().ended.ends(0)
      #expect(try app.inspect("web", "{{.Id}}") == [])
      #expect(try app.inspect("site", "{{.State.Status}}") == ["running"])
      try rollback(app, "--to-previous").ends(0)
      try expect(app, db: 2, web: 1)
    }
  }
}
