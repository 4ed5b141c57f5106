// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The pattern language as tables, and what a walk finds and reads. Proves spec/core/globs.md.

import Cache
import SystemPackage
import Testing

struct GlobTests {
  @Test(arguments: [
    // patterns, path, whether it is taken
    ("a.c", "a.c", true), ("a.c", "b.c", false), ("a.c", "x/a.c", false), ("./a.c", "a.c", true),
    ("src", "src", true), ("src", "src/a.c", true), ("src", "src/x/a.c", true),
    ("src", "srcs", false), ("src/", "src/a.c", true), ("src/", "src", false),
    (".", "a/b/c", true), ("./", "a", true), ("a//b", "a/b", true),
    ("*.c", "a.c", true), ("*.c", ".c", true), ("*.c", ".hidden.c", true), ("*.c", "x/a.c", false),
    ("*", "a", true), ("*", "a/b", false), ("src/*", "src/a", true), ("src/*", "src/a/b", false),
    ("src/*/", "src/a/b", true), ("src/*/", "src/a", false),
    ("?.c", "a.c", true), ("?.c", "é.c", true), ("?.c", "ab.c", false), ("a?b", "a/b", false),
    ("[a-c].c", "b.c", true), ("[a-c].c", "d.c", false), ("[!a-c].c", "d.c", true),
    ("[!a-c].c", "b.c", false), ("[!a]b", "/b", false), ("[]a]", "]", true), ("[a-]", "-", true),
    ("[é-ü]", "ö", true), ("[^x]", "y", true), ("a[!x]b", "a/b", false),
    ("{a,b}.c", "a.c", true), ("{a,b}.c", "b.c", true), ("{a,b}.c", "c.c", false),
    ("{a,b{c,d}}", "bd", true), ("{a,b{c,d}}", "b", false), ("x{,y}", "x", true),
    ("{src,lib}/**/*.c", "lib/x/y.c", true), ("[{]a", "{a", true),
    ("**", "a/b/c", true), ("**/a", "a", true), ("**/a", "x/y/a", true), ("**/a", "xa", false),
    ("a/**", "a/b/c", true), ("a/**", "a", false), ("a/**/b", "a/b", true),
    ("a/**/b", "a/x/y/b", true), ("a/**/b", "ab", false), ("a/**/b", "a/xb", false),
    ("**/*.c", "a.c", true), ("**/*.c", "x/.y/a.c", true), ("**/x/**", "a/x/b", true),
    ("**/**/a", "a", true), ("a**b", "axxb", true), ("a**b", "a/b", false),
    ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("\\!a", "!a", true), ("\\[a]", "[a]", true),
    ("*a*b*c*d", "xaxbxcxd", true), ("*a*b*c*d", "xaxbxcxdx", false),
    ("**", ".git/HEAD", false), ("**", "x/.git/HEAD", false), (".git", ".git/HEAD", false),
    ("**", ".gitignore", true), ("**", ".stagecraft/x", false), ("**", "x.git/y", true),
  ])
  func `one pattern takes what the table says`(_ row: (String, String, Bool)) throws {
    #expect(try Glob(patterns: [row.0]).matches(row.1) == row.2, "\(row.0) on \(row.1)")
  }

  @Test(arguments: [
    (["**", "!*.log"], "a.log", false), (["**", "!*.log"], "x/a.log", true),
    (["**", "!**/*.log"], "x/a.log", false), (["**", "!**/*.log", "keep.log"], "keep.log", true),
    (["!*.log", "**"], "a.log", true), (["src", "!src/gen"], "src/gen/a", false),
    (["src", "!src/gen", "src/gen/keep"], "src/gen/keep", true),
    (["src", "!src/gen", "src/gen/keep"], "src/gen/other", false),
    (["**", "!**/node_modules"], "a/node_modules/b/c", false),
    (["**", "!**/node_modules", "**/*.d.ts"], "a/node_modules/b.d.ts", true),
    (["**", "!x/"], "x/a", false), (["**", "!x/"], "x", true), (["a", "!a"], "a", false),
  ])
  func `the last pattern that fits decides`(_ row: ([String], String, Bool)) throws {
    #expect(try Glob(patterns: row.0).matches(row.1) == row.2, "\(row.0) on \(row.1)")
  }

  @Test(arguments: [
    ("", GlobError.Code.empty), ("!", .empty), ("/a", .escapes), ("../a", .escapes),
    ("a/../b", .escapes), ("[a", .badSet), ("[b-a]", .badSet), ("{a,b", .unclosedBrace),
    ("!a", .onlyNegations), ("a\\", .badEscape),
    ("{1,2,3,4,5,6,7,8,9,0}{1,2,3,4,5,6,7,8,9,0}{1,2,3,4,5,6,7,8,9,0}{1,2}", .tooManyAlternatives),
  ])
  func `a pattern that cannot be used is refused`(_ row: (String, GlobError.Code)) {
    #expect(throws: GlobError(row.1, row.0)) { try Glob(patterns: [row.0]) }
  }

  @Test func `a pattern of many stars ends in time`() throws {
    let glob = try Glob(patterns: [String(repeating: "a*", count: 24) + "b"])
    #expect(!glob.matches(String(repeating: "a", count: 200)))
  }

  @Test func `a walk finds files and links and reports what it read`() throws {
    let box = try FileSandbox()
    for name in ["p/src/b.c", "p/src/a.c", "p/src/x/c.c", "p/src/x/d.h", "p/doc/e.c", "f.c"] {
      try box.write(name, name)
    }
    try box.directory("p/src/empty")
    try box.link("p/src/link.c", to: "nowhere")
    try box.link("p/src/loop", to: ".")
    let glob = try Glob(patterns: ["src/**/*.c", "gone.txt", "none/*.c", "src/empty"])
    let found = try GlobWalk.expand(glob, base: "p", root: box.root)
    #expect(found.files == ["p/src/a.c", "p/src/b.c", "p/src/link.c", "p/src/x/c.c"])
    #expect(found.directories == ["p/src", "p/src/empty", "p/src/x"])
    #expect(found.emptyDirectories == ["p/src/empty"])
    #expect(found.missing == ["p/gone.txt", "p/none"])
    #expect(try found.visits[0].identity == box.identity("p/src"))
  }

  @Test func `a walk reads only what a pattern can reach`() throws {
    let box = try FileSandbox()
    for name in ["a/x.c", "a/sub/y.c", "b/z.c", "node_modules/m/w.c", ".git/v.c"] {
      try box.write(name, name)
    }
    func read(_ patterns: String...) throws -> [String] {
      try GlobWalk.expand(try Glob(patterns: patterns), base: "", root: box.root).directories
    }
    #expect(try read("a/*.c") == ["a"])
    #expect(try read("a/x.c", "b/z.c") == [])
    #expect(try read("*/*.c") == ["", "a", "b", "node_modules"])
    #expect(try read("**/*.c", "!node_modules") == ["", "a", "a/sub", "b"])
    #expect(
      try read("**/*.c", "!node_modules", "node_modules/m/*.c")
        == ["", "a", "a/sub", "b", "node_modules", "node_modules/m"])
    #expect(try read("a") == ["a", "a/sub"])
  }

  @Test func `a prefix that is a link or a file is reported and not followed`() throws {
    let box = try FileSandbox()
    try box.write("real/a.c", "")
    try box.link("link", to: "real")
    try box.write("file", "")
    let glob = try Glob(patterns: ["link/*.c", "file/*.c", "link"])
    let found = try GlobWalk.expand(glob, base: ".", root: box.root)
    #expect(found.files == ["link"])
    #expect(found.directories == ["file", "link"])
  }

  @Test func `two spellings of one letter are two names`() throws {
    let box = try FileSandbox()
    try box.write("\u{E9}/a", "1")
    try box.write("e\u{301}/a", "2")
    let found = try GlobWalk.expand(try Glob(patterns: ["**"]), base: "", root: box.root)
    #expect(
      found.files.map { Array($0.utf8) } == ["e\u{301}/a", "\u{E9}/a"].map { Array($0.utf8) })
    let one = try GlobWalk.expand(try Glob(patterns: ["\u{E9}"]), base: "", root: box.root)
    #expect(one.files.count == 1)
    let digests = box.digests()
    try box.age("e\u{301}/a", digests)
    for _ in 0..<3 {
      #expect(try digests.entry(for: found.files[0])?.digest == Digest.of("2"))
      #expect(try digests.entry(for: found.files[1])?.digest == Digest.of("1"))
    }
    #expect(digests.statistics.hashed == 2)
  }

  @Test func `every path that a walk finds matches and none is left out`() throws {
    let box = try FileSandbox()
    var random = SeededGenerator(seed: 7)
    var all: Set<String> = []
    for _ in 0..<200 {
      let depth = Int.random(in: 0...3, using: &random)
      let parts = (0...depth).map { _ in ["a", "b", "cc"].randomElement(using: &random) ?? "a" }
      let name = parts.joined(separator: "/") + "/" + ["f.c", "g.h", "h"][all.count % 3]
      try box.write(name, "")
      all.insert(name)
    }
    let pieces = ["a", "b", "cc", "*", "**", "?", "{a,b}", "[!b]*", "f.c", "*.h", "h"]
    for round in 0..<300 {
      var patterns: [String] = []
      for index in 0...Int.random(in: 0...3, using: &random) {
        let count = Int.random(in: 1...4, using: &random)
        let parts = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "a" }
        let isNegated = index > 0 && Bool.random(using: &random)
        patterns.append((isNegated ? "!" : "") + parts.joined(separator: "/"))
      }
      let glob = try Glob(patterns: patterns)
      let found = try GlobWalk.expand(glob, base: "", root: box.root)
      let expected = all.filter { glob.matches($0) }
      #expect(Set(found.files) == expected, "round \(round): \(patterns)")
    }
  }
}
