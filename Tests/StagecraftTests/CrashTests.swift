// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Kills the program before each of its state-changing system calls in turn, and at random moments
// from outside, and proves that a plain run afterwards mends everything and repeats nothing.

import Foundation
import SystemPackage
import TestSupport
import Testing

struct CrashTests {
  /// A project in which one run clears away a stale output, brings one back, executes three tasks and
  /// fails with a fourth.
  private struct Fixture {
    let place: FileTree
    let project: FileTree

    init(_ place: FileTree) {
      self.place = place
      project = FileTree(place.path("project"))
    }

    private static let configuration = """
      project: { name: crash }
      tasks:
        gen:
          run: "echo gen >> $HOME/ran; mkdir -p gen; for f in src/*.txt; do cp $f gen/$(basename $f).o; done"
          inputs: ["src/*.txt"]
          outputs: ["gen/*.o"]
        bundle:
          run: "echo bundle >> $HOME/ran; cat gen/*.o > bundle.txt; ln -sf bundle.txt link"
          inputs: ["gen/*.o"]
          outputs: [bundle.txt, link]
          needs: [gen]
        copy:
          run: "echo copy >> $HOME/ran; cp other.txt copy.txt; echo copied"
          inputs: [other.txt]
          outputs: [copy.txt]
        lint:
          run: "echo lint >> $HOME/ran; cat src/*.txt"
          inputs: ["src/*.txt"]
        bad:
          run: "echo bad >> $HOME/ran; echo no >&2; exit 3"
          inputs: [src/a.txt]

      """

    /// Runs once, then edits so that the next run has something of everything to do.
    func prepare() throws {
      try project.write("stagecraft.yml", Self.configuration)
      for name in ["a", "b", "c"] { try project.write("src/\(name).txt", "\(name) 1\n") }
      try project.write("other.txt", "other\n")
      let first = try run()
      try #require(first.status == 2, "\(first.error)")
      try project.remove("src/b.txt")
      try project.write("src/a.txt", "a 2\n")
      try project.remove("copy.txt")
      try place.remove("ran")
    }

    func run(_ more: [String: String] = [:]) throws -> Child {
      try Child.run(
        GoldenCase.program.path,
        ["run", "gen", "bundle", "copy", "lint", "bad", "--keep-going", "--jobs", "1"],
        directory: project.root.string,
        environment: [
          "PATH": "/usr/bin:/bin", "HOME": place.root.string, "LC_ALL": "C.UTF-8",
          "XDG_CACHE_HOME": place.path("cache").string,
        ].merging(more) { _, new in new })
    }

    /// The tasks that were executed since the last call, in order.
    func ran() throws -> [String] {
      let names = try place.text("ran")?.split(separator: "\n").map(String.init) ?? []
      try place.remove("ran")
      return names
    }
  }

  @Test func `a kill before any system call costs at most the task that ran`() async throws {
    try await TemporaryDirectory.with { base in
      let template = Fixture(FileTree(base.path("template")))
      try template.prepare()
      func copy(_ name: String) throws -> Fixture {
        let fixture = Fixture(FileTree(base.path(name)))
        let copied = try Child.run(
          "/bin/cp", ["-a", template.place.root.string, fixture.place.root.string])
        try #require(copied.status == 0)
        return fixture
      }
      let clean = try copy("clean")
      #expect(try clean.run().status == 2)
      #expect(try clean.ran().sorted() == ["bad", "bundle", "gen", "lint"])
      let expected = try clean.project.contents()
      var survived = false
      for number in 1...2000 {
        let fixture = try copy("\(number)")
        let crashed = try fixture.run(["STAGECRAFT_CRASH_AT": "\(number)"])
        let before = try fixture.ran()
        if crashed.status != 128 + 9 {
          #expect(crashed.status == 2, "\(number): \(crashed.error)")
          survived = true
          break
        }
        let mended = try fixture.run()
        let after = try fixture.ran()
        #expect(mended.status == 2, "\(number): \(mended.error)")
        #expect(try fixture.project.contents() == expected, "\(number)")
        let repeated = Set(after).intersection(before.dropLast()).subtracting(["bad"])
        #expect(repeated.isEmpty, "\(number): \(before) then \(after)")
        #expect(FileTree.names(in: fixture.project.path(".stagecraft/tmp")) == [], "\(number)")
        #expect(try fixture.run().status == 2)
        #expect(try fixture.ran() == ["bad"], "\(number)")
        try FileTree.remove(fixture.place.root)
      }
      #expect(survived)
    }
  }
}
