// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a Compose configuration is found to depend on: a miss here would be a wrong cache hit.
// Proves spec/core/config.md.

import Planning
import Testing

/// The references of Compose files.
@Suite struct ComposeReferencesTests {
  private func find(
    _ files: [String: String], compose: [String] = ["compose.yaml"],
    environment: [String: String] = [:]
  ) -> ComposeReferences {
    ComposeReferenceFinder.find(
      composeFiles: compose, root: "/p", environment: { environment[$0] },
      read: { path in
        let name = path.hasPrefix("/p/") ? String(path.dropFirst(3)) : path
        return files[name].map { Array($0.utf8) }
      })
  }

  private func names(_ references: ComposeReferences) -> [String] {
    references.variables.filter { !ComposeReferences.settings.contains($0) }
  }

  @Test func `a plain file refers to itself and the env file`() {
    let found = find(["compose.yaml": "services: {web: {image: nginx}}\n"])
    #expect(found.files == [".env", "compose.yaml"])
    #expect(found.variables == ComposeReferences.settings)
    #expect(found.remotes == [])
    #expect(found.isComplete)
  }

  @Test(
    arguments: [
      // (compose.yaml, files that must be listed)
      ("services: {a: {env_file: a.env}}", ["a.env"]),
      ("services: {a: {env_file: [a.env, ./b/c.env]}}", ["a.env", "b/c.env"]),
      ("services: {a: {env_file: [{path: a.env, required: false}]}}", ["a.env"]),
      ("services: {a: {env_file: {path: a.env}}}", ["a.env"]),
      ("services: {a: {env_file: /etc/a.env}}", ["/etc/a.env"]),
      ("services: {a: {env_file: ../a.env}}", ["/a.env"]),
      ("services: {a: {env_file: '~/a.env'}}", ["/home/me/a.env"]),
      ("services: {a: {env_file: '${STAGE}.env'}}", ["prod.env"]),
      ("services: {a: {env_file: '${NOPE:-dev}.env'}}", ["dev.env"]),
      ("services: {a: {label_file: [l.txt]}}", ["l.txt"]),
      ("services: {a: {extends: {file: base.yaml, service: b}}}", ["base.yaml"]),
      ("services: {a: {extends: {service: b}}}", []),
      ("services: {a: {extends: b}}", []),
      ("include: [sub/compose.yaml]", ["sub/compose.yaml", "sub/.env"]),
      ("include: sub/compose.yaml", ["sub/compose.yaml"]),
      ("include: [{path: sub/a.yaml}]", ["sub/a.yaml", "sub/.env"]),
      (
        "include: [{path: [sub/a.yaml, sub/b.yaml], project_directory: dir, env_file: [x.env, y.env]}]",
        ["sub/a.yaml", "sub/b.yaml", "dir/.env", "x.env", "y.env"]
      ),
      ("x-a: &a {env_file: a.env}\nservices: {s: {<<: *a}}", ["a.env"]),
    ])
  func `a reference is listed, there or not`(compose: String, expected: [String]) {
    let found = find(
      ["compose.yaml": compose], environment: ["STAGE": "prod", "HOME": "/home/me"])
    for file in expected { #expect(found.files.contains(file)) }
    #expect(found.isComplete)
  }

  @Test func `references are followed through files`() {
    let found = find([
      "compose.yaml": "include: [one/compose.yaml]\nservices: {a: {extends: {file: two/b.yaml}}}",
      "one/compose.yaml": "services: {x: {env_file: x.env, image: '$ONE'}}",
      "two/b.yaml": "services: {b: {extends: {file: c.yaml}, env_file: b.env}}",
      "two/c.yaml": "services: {c: {image: '${THREE:-x}', env_file: [c.env]}}",
      "two/c.env": "K=$FOUR\nFIVE\n",
    ])
    for file in ["one/x.env", "two/c.yaml", "two/b.env", "two/c.env"] {
      #expect(found.files.contains(file))
    }
    #expect(names(found) == ["FIVE", "FOUR", "ONE", "THREE"])
  }

  @Test func `files that include each other end`() {
    let found = find([
      "compose.yaml": "include: [b.yaml]", "b.yaml": "include: [compose.yaml]",
    ])
    #expect(found.files == [".env", "b.yaml", "compose.yaml"])
  }

  @Test func `an override file is looked into as well`() {
    let found = find(
      ["compose.yaml": "services: {a: {image: x}}", "o.yaml": "services: {a: {env_file: o.env}}"],
      compose: ["compose.yaml", "o.yaml"])
    #expect(found.files == [".env", "compose.yaml", "o.env", "o.yaml"])
  }

  @Test func `paths start at the directory of the first file`() {
    let found = find(
      ["deploy/compose.yaml": "services: {a: {env_file: a.env}}"],
      compose: ["deploy/compose.yaml"])
    #expect(found.files == [".env", "deploy/.env", "deploy/a.env", "deploy/compose.yaml"])
  }

  @Test(
    arguments: [
      ("services: {a: {image: 'x:$V'}}", ["V"]),
      ("services: {a: {image: 'x:${V:-${W}}'}}", ["V", "W"]),
      ("services: {a: {command: 'echo $$HOME'}}", []),
      ("services: {a: {image: \"\\x24V\"}}", ["V"]),
      ("services: {a: {image: x}} # $V", ["V"]),
      ("services: {a: {environment: [V, W=1]}}", ["V"]),
      ("services: {a: {environment: {V: , W: 1}}}", ["V"]),
      ("services: {a: {build: {context: ., args: [V]}}}", ["V"]),
      ("services: {a: {build: {context: ., args: {V: null}}}}", ["V"]),
      ("secrets: {s: {environment: V}}", ["V"]),
      ("configs: {s: {environment: V}}", ["V"]),
      ("services: {a: {env_file: '~/x'}}", ["HOME"]),
    ])
  func `a variable is listed`(compose: String, expected: [String]) {
    #expect(names(find(["compose.yaml": compose], environment: ["HOME": "/h"])) == expected)
  }

  @Test func `the env file's own names count and give values to paths`() {
    let found = find([
      ".env": "STAGE=prod\nX=$Y\n", "compose.yaml": "services: {a: {env_file: '$STAGE.env'}}",
    ])
    #expect(found.files.contains("prod.env"))
    #expect(names(found) == ["STAGE", "X", "Y"])
  }

  @Test func `the process decides over the env file on paths`() {
    let found = find(
      [".env": "STAGE=prod\n", "compose.yaml": "services: {a: {env_file: '$STAGE.env'}}"],
      environment: ["STAGE": "dev"])
    #expect(found.files.contains("dev.env"))
    #expect(!found.files.contains("prod.env"))
  }

  @Test func `env files named by the environment are listed`() {
    let found = find(
      ["compose.yaml": ""], environment: ["COMPOSE_ENV_FILES": "a.env,/b.env"])
    #expect(found.files == [".env", "/b.env", "a.env", "compose.yaml"])
  }

  @Test(
    arguments: [
      "oci://example.com/app:1", "https://github.com/a/b.git", "git@github.com:a/b.git",
      "github.com/a/b.git",
    ])
  func `places on other machines are told apart`(place: String) {
    let found = find(["compose.yaml": "include: ['\(place)']"])
    #expect(found.remotes == [place])
    #expect(found.files == [".env", "compose.yaml"])
  }

  @Test(
    arguments: [
      "services: [", "services: {a: {env_file: '${'}}", "services: {a: {env_file: '${N:?x}'}}",
      "services: {a: {env_file: '~/x'}}",
    ])
  func `what cannot be understood is said to be incomplete`(compose: String) {
    #expect(!find(["compose.yaml": compose]).isComplete)
  }

  @Test func `a broken file still gives its names`() {
    #expect(names(find(["compose.yaml": "a: [$V"])) == ["V"])
  }
}
