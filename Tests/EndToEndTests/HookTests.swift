// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Hooks in all kinds of runs, on the real engine and a real database: when they run, when not, and what
// they are told.

import Foundation
import Testing

struct HookTests {
  /// What the file that `STAGECRAFT_DATA` names holds.
  private struct Told: Decodable {
    struct Host: Decodable {
      let name: String
      let status: String
      let services: [String]
      let images: [String: String]
    }

    let schema: String
    let kind: String
    let environment: String
    let status: String
    let release: String?
    let previous_release: String?
    let commit: String?
    let previous_commit: String?
    let database: String?
    let hosts: [Host]
  }

  /// A service on this machine's engine, and hooks that write down what they are told.
  private struct Place {
    let app: LocalDeployment

    init() throws {
      func hook(_ name: String, _ moment: String, on runs: String) -> String {
        "  \(name): { \(moment), \(runs)env: [FAIL], "
          + "run: 'echo \(name) $STAGECRAFT_KIND $STAGECRAFT_STATUS $STAGECRAFT_HOSTS "
          + "$STAGECRAFT_SERVICES >>hooks.log; cp \"$STAGECRAFT_DATA\" \(name).json; "
          + "echo $STAGECRAFT_RELEASE $STAGECRAFT_PREVIOUS_RELEASE $STAGECRAFT_COMMIT "
          + "$STAGECRAFT_PREVIOUS_COMMIT >\(name).ids; test \"$FAIL\" != \(name)' }\n"
      }
      app = try LocalDeployment(
        """
        services:
          web: { image: "busybox:1.35", init: true, command: [sleep, "1001"], stop_grace_period: 1s }
          other: { image: "busybox:1.35", init: true, command: [sleep, "1000"], stop_grace_period: 1s }

        """,
        settings: "tasks:\n"
          + hook("first", "before: rollout", on: "on: [deploy, rollback, undo], ")
          + hook("smoke", "after: rollout", on: "")
          + hook("back", "after: finalize", on: "on: [rollback, undo], "))
      try app.project.edit("stagecraft.yml") {
        $0.replacing("driver: local}", with: "driver: local, rollout: {on_failure: rollback}}")
      }
    }

    /// What hooks wrote since this was asked last.
    func log() throws -> [String] {
      guard app.project.has("hooks.log") else { return [] }
      let text = try app.project.read("hooks.log")
      try app.project.delete("hooks.log")
      return text.split(separator: "\n").map(String.init)
    }

    func told(_ hook: String) throws -> Told {
      try JSONDecoder().decode(Told.self, from: Data(app.project.read("\(hook).json").utf8))
    }

    func ids(_ hook: String) throws -> [String] {
      try app.project.read("\(hook).ids").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    func run(_ words: String..., adding: [String: String] = [:]) throws -> Ended {
      try app.project.run([Sandbox.program] + words + ["--env", "dev"], adding: adding)
    }
  }

  @Test func `a hook runs in the runs that it names, and is told which and of what`() throws {
    let place = try Place()
    let first = try place.app.project.commit()
    try place.run("deploy", "--yes").ends(0)
    #expect(
      try place.log() == [
        "first deploy running local other web", "smoke deploy done local other web",
      ])
    let one = try place.told("smoke")
    #expect(one.schema == "hook/1" && one.environment == "dev" && one.previous_release == nil)
    #expect(one.hosts.map(\.name) == ["local"] && one.hosts.first?.status == "done")
    #expect(one.hosts.first?.images["web"]?.contains("sha256:") == true)
    #expect(one.commit?.hasPrefix(first) == true || first.hasPrefix(one.commit ?? "none"))

    // Nothing is to be done.
    try place.run("deploy", "--yes").ends(0)
    #expect(try place.log() == [])
    // A repair is a change of the host, and of no other service.
    let id = try #require(try place.app.inspect("web", "{{.Id}}").first)
    try place.app.project.docker(["rm", "--force", id]).ends(0)
    try place.run("deploy", "--yes").ends(0)
    #expect(
      try place.log() == ["first deploy running local web", "smoke deploy done local web"])

    try place.app.project.edit("compose.yaml") { $0.replacing("1001", with: "1002") }
    _ = try place.app.project.commit()
    try place.run("deploy", "--yes").ends(0)
    _ = try place.log()
    let two = try place.ids("smoke")
    #expect(two.count == 4 && two[2] != two[3], "\(two)")
    // What a plan shows is what runs.
    let plan = try place.run("plan", "rollback", "--to-previous", "--refresh").ends(0)
    #expect(plan.out.contains(" first ") && plan.out.contains(" back "), "\(plan)")
    #expect(!plan.out.contains(" smoke "), "\(plan)")
    #expect(try place.log() == [])
    // One that fails before anything is replaced keeps everything as it is.
    try place.run("rollback", "--to-previous", "--yes", adding: ["FAIL": "first"]).ends(2)
      .says("first")
    #expect(try place.app.inspect("web", "{{json .Config.Cmd}}") == [#"["sleep","1002"]"#])
    #expect(try place.log() == ["first rollback running local web"])
    try place.run("rollback", "--to-previous", "--yes").ends(0)
    #expect(
      try place.log() == [
        "first rollback running local web", "back rollback done local web",
      ])
    let back = try place.told("back")
    #expect(back.kind == "rollback" && back.previous_release == two[0] && back.release != two[0])
    #expect(back.hosts.first?.services == ["web"])
  }

  @Test func `an undo has hooks of its own`() throws {
    let place = try Place()
    try place.run("deploy", "--yes").ends(0)
    _ = try place.log()
    try place.app.project.edit("compose.yaml") { $0.replacing("1001", with: "1002") }
    try place.run("deploy", "--yes", adding: ["FAIL": "smoke"]).ends(2)
      .says("smoke", "bringing back")
    #expect(
      try place.log() == [
        "first deploy running local web", "smoke deploy done local web",
        "first undo running local web", "back undo done local web",
      ])
    #expect(try place.app.inspect("web", "{{json .Config.Cmd}}") == [#"["sleep","1001"]"#])
    let undone = try place.ids("back")
    #expect(undone.first != undone.dropFirst().first)
  }

  @Test func `a migration on its own has hooks where something is pending`() throws {
    let project = try MigrationProject(["1_a.sql": "CREATE TABLE a (b int);\n"])
    try project.sandbox.edit("stagecraft.yml") {
      $0 + """
        tasks:
          backup: { before: migrate_pre, on: [deploy, migrate], env: [FAIL],
            run: 'test -z "$FAIL" && echo backup $STAGECRAFT_KIND $STAGECRAFT_DATABASE >>hooks.log' }
          told: { after: migrate_pre, on: [migrate], run: "echo told $STAGECRAFT_STATUS >>hooks.log" }
          never: { after: migrate_pre, run: "echo never >>hooks.log" }

        """
    }
    let failed = try project.sandbox.run(
      [Sandbox.program, "migrate"], adding: ["DATABASE_URL": project.database.url, "FAIL": "1"])
    failed.ends(2).says("backup")
    #expect(try project.database.query("SELECT to_regclass('a') IS NULL") == ["t"])
    #expect(try project.migrate("--plan").ends(0).out.contains("Hooks before it: backup\n"))
    try project.migrate().ends(0)
    #expect(try project.sandbox.read("hooks.log") == "backup migrate main\ntold done\n")
    try project.migrate().ends(0)
    #expect(try project.sandbox.read("hooks.log") == "backup migrate main\ntold done\n")
  }

  @Test func `a deploy that only migrates has hooks as well, and they wait for each other`() throws
  {
    let place = try Place()
    let database = try TestDatabase()
    let variables = ["DATABASE_URL": database.url]
    try place.app.project.edit("stagecraft.yml") {
      $0 + """
          backup: { before: migrate_pre, run: "echo backup >>hooks.log; sleep 1; echo saved >>hooks.log" }
          told: { after: migrate_pre, env: [DATABASE_URL],
            run: "psql $DATABASE_URL -Atc 'select count(*) from a' >>hooks.log" }
        databases:
          main:
            connection_env: DATABASE_URL
            migrations: { engine: raw, path: migrations, strategy: pre_deploy }

        """
    }
    try place.app.project.write("migrations/1_a.sql", "create table a (b int);\n")
    try place.run("deploy", "--yes", adding: variables).ends(0)
    #expect(
      try place.log() == [
        "backup", "saved", "0", "first deploy running local other web",
        "smoke deploy done local other web",
      ])
    try place.app.project.write("migrations/2_b.sql", "insert into a values (1);\n")
    let plan = try place.run("plan", "deploy", "--refresh", adding: variables).ends(0)
    #expect(plan.out.contains(" backup "), "\(plan)")
    try place.run("deploy", "--yes", adding: variables).ends(0)
    #expect(
      try place.log() == [
        "backup", "saved", "1", "first deploy running", "smoke deploy done",
      ])
    try place.run("deploy", "--yes", adding: variables).ends(0)
    #expect(try place.log() == [])
  }

  @Test func `a task that a service without a build needs makes what it mounts`() throws {
    let app = try LocalDeployment(
      """
      services:
        web:
          image: busybox:1.35
          init: true
          command: [sh, -c, "cat /page; sleep 1000"]
          volumes: ["./out/page:/page:ro"]
          stop_grace_period: 1s

      """,
      settings: """
        services: {web: {needs: [page]}}
        tasks:
          page: {run: "mkdir -p out && cp page.in out/page", inputs: [page.in], outputs: [out/page]}

        """, files: ["page.in": "one\n"])
    try app.deploy().ended.ends(0)
    let id = try #require(try app.inspect("web", "{{.Id}}").first)
    #expect(try app.project.docker(["exec", id, "cat", "/page"]).ends(0).out == "one\n")
    try app.project.write("page.in", "two\n")
    try app.deploy().ended.ends(0)
    let next = try #require(try app.inspect("web", "{{.Id}}").first)
    #expect(try app.project.docker(["exec", next, "cat", "/page"]).ends(0).out == "two\n")
  }
}
