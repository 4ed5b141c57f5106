// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What `make install` puts where, that `make uninstall` takes all of it away, and that the completions
// which it installs complete in real shells. Proves spec/cli/completions.md and spec/project/docs.md.

import Foundation
import TestSupport
import Testing

struct InstallTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let files = [
    "usr/bin/stagecraft", "usr/share/bash-completion/completions/stagecraft",
    "usr/share/fish/vendor_completions.d/stagecraft.fish", "usr/share/man/man1/stagecraft.1",
    "usr/share/zsh/site-functions/_stagecraft",
  ]

  /// Runs the script that `make install` runs, with the program that is built already.
  private func install(into folder: TemporaryFolder, _ arguments: [String] = []) throws -> Child {
    try Child.run(
      Self.root.appendingPathComponent("scripts/install").path, arguments,
      environment: [
        "DESTDIR": folder.path, "PREFIX": "/usr", "HOME": folder.path, "PATH": "/usr/bin:/bin",
        "STAGECRAFT_BINARY": GoldenCase.program.path,
      ])
  }

  private func names(in folder: TemporaryFolder) throws -> [String] {
    let found = try #require(FileManager.default.enumerator(atPath: folder.path))
    return found.compactMap { $0 as? String }.filter { name in
      var isDirectory: ObjCBool = false
      let path = folder.url.appendingPathComponent(name).path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        && !isDirectory.boolValue
    }.sorted()
  }

  @Test func `install puts the program, its manual and completions below the prefix`() throws {
    let place = try TemporaryFolder()
    #expect(try install(into: place).status == 0)
    #expect(try names(in: place) == Self.files)
    for (name, mode) in zip(Self.files, [0o755, 0o644, 0o644, 0o644, 0o644]) {
      let path = place.url.appendingPathComponent(name).path
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
    }
    let program = place.url.appendingPathComponent("usr/bin/stagecraft").path
    #expect(try Child.run(program, ["--version"]).output.hasPrefix("stagecraft "))

    #expect(try install(into: place, ["--remove"]).status == 0)
    #expect(try names(in: place) == [])
  }

  @Test(arguments: [
    ("stagecraft build ", ["api", "web"]), ("stagecraft run as", ["assets"]),
    ("stagecraft deploy --env ", ["dev", "prod"]), ("stagecraft plan --format d", ["dot"]),
    ("stagecraft deploy --hosts web-1,web", ["web-2"]), ("stagecraft why host/d", ["db-1"]),
    ("stagecraft plan run ", ["assets", "lint"]),
  ])
  func `completions offer commands, values and names of the project`(
    line: String, words: [String]
  ) throws {
    let place = try TemporaryFolder()
    try #require(try install(into: place).status == 0)
    let project = """
      project: { name: shop }
      environments: { dev: { driver: local }, prod: { driver: ssh } }
      hosts: { front: [web-1, web-2], data: [db-1] }
      tasks: { lint: { run: "true" }, assets: { run: "true" } }

      """
    for (name, text) in [
      ("stagecraft.yml", project),
      ("compose.yaml", "services: { api: { build: . }, web: { image: x } }\n"),
    ] {
      try Data(text.utf8).write(to: place.url.appendingPathComponent(name))
    }
    let share = place.path + "/usr/share"
    let shells = [
      (["bash", "--norc", "-i"], "source \(share)/bash-completion/completions/stagecraft"),
      (
        ["zsh", "-f", "-i"],
        "fpath=(\(share)/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D"
      ),
      (
        ["fish", "--no-config", "-i"],
        "source \(share)/fish/vendor_completions.d/stagecraft.fish"
      ),
    ]
    for (shell, setup) in shells {
      let child = try Child.run(
        Self.root.appendingPathComponent("scripts/lib/complete-in.py").path,
        [setup, line] + words + ["--"] + shell, directory: place.path,
        environment: [
          "PATH": "\(place.path)/usr/bin:/usr/bin:/bin", "HOME": place.path,
          "XDG_DATA_HOME": place.path, "LC_ALL": "C.UTF-8",
        ])
      #expect(child.status == 0, "\(shell[0]): \(child.output)\(child.error)")
    }
  }
}
