// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A cache that is full, may not be written, or goes away: the run succeeds and says so once. Mounts
// live in a namespace of one program and end with it.

import Foundation
import Testing

struct CacheTroubleTests {
  private static let task = """
    tasks:
      large:
        run: "mkdir -p out && head -c 300000 /dev/urandom > out/file && cat seed >> out/file"
        inputs: [seed]
        outputs: ["out/**"]
    services:
      app: { needs: [large] }

    """

  private static func project() throws -> Sandbox {
    let project = try Sandbox.tiny(project: task)
    try project.write("seed", "$NAME\n")
    return project
  }

  /// Runs a build with something mounted over the cache directory.
  private static func build(_ project: Sandbox, mounting options: String) throws -> Ended {
    let user = geteuid() == 0 ? [] : ["--user", "--map-root-user"]
    let script = "mount -t tmpfs -o \(options) tmpfs \"$STAGECRAFT_CACHE_DIR\" && exec \"$@\""
    return try project.run(
      ["unshare", "--mount"] + user + ["sh", "-c", script, "sh", Sandbox.program, "build"])
  }

  private static func warnings(_ ended: Ended) -> Int {
    ended.err.split(separator: "\n").count { $0.contains("warning") }
  }

  @Test func `a full disk under the cache costs one warning`() throws {
    let project = try Self.project()
    let ended = try Self.build(project, mounting: "size=64k").ends(0)
    #expect(Self.warnings(ended) == 1, "\(ended)")
    #expect(try project.inspect("\(project.name)-app") != nil)
    try project.stagecraft("build").ends(0)
  }

  @Test func `a cache that may not be written costs one warning`() throws {
    let project = try Self.project()
    let ended = try Self.build(project, mounting: "ro").ends(0)
    #expect(Self.warnings(ended) == 1, "\(ended)")
    #expect(try project.inspect("\(project.name)-app") != nil)
  }

  @Test func `a cache that is deleted meanwhile costs nothing`() throws {
    let project = try Sandbox.tiny(
      project: """
        tasks:
          first: { run: "echo $NAME > one", outputs: [one] }
          vandal: { run: "rm -rf \\"$CACHE\\"; echo x > two", outputs: [two], env: [CACHE], needs: [first] }
          last: { run: "cat one two > three", inputs: [one, two], outputs: [three], needs: [vandal] }
        services:
          app: { needs: [last] }

        """)
    let cache = ["CACHE": project.directory + "/cache"]
    try project.stagecraft("build", adding: cache).ends(0)
    #expect(try project.inspect("\(project.name)-app") != nil)
    #expect(try project.read("three").hasSuffix("x\n"))
    #expect(try project.report("build", adding: cache).executed == [])
  }
}
