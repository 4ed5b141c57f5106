// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The language of `.dockerignore` as a table, and what a context holds. The engine itself is asked in
// ContextEngineTests.

import Cache
import SystemPackage
import Testing

struct IgnoreRulesTests {
  /// Whether a walk down to `path` leaves it out.
  static func leavesOut(_ rules: IgnoreRules, _ path: String) -> Bool {
    var parent = IgnoreRules.Parent()
    var place = ""
    var isOut = false
    for part in path.split(separator: "/") {
      place += place.isEmpty ? String(part) : "/" + part
      (isOut, parent) = rules.leavesOut(place, parent: parent)
    }
    return isOut
  }

  @Test(arguments: [
    // lines, path, whether it is left out
    ("file", "file", true), ("file", "dir/file", false), ("/file", "file", true),
    ("file  ", "file", true), ("\tfile\r", "file", true), ("# file", "# file", false),
    (" # file", "# file", true), ("\u{FEFF}file", "file", true), ("dir", "dir/a/b", true),
    ("dir/", "dir/a", true), ("dir/../x", "x", true), ("./dir/.", "dir/a", true),
    (".", "a", false), ("..", "a", false), ("", "a", false), ("/", "a", false),
    ("*", "a", true), ("*", "a/b", true), ("*/b", "a/b", true), ("*/b", "a/x/b", false),
    ("*.go", ".go", true), ("?", "é", true), ("?", "ab", false), ("a?c", "a/c", false),
    ("**", "a/b", true), ("**/", "a", true), ("**/b", "b", true), ("**/b", "a/x/b", true),
    ("**/b", "ab", false), ("**b", "ab", true), ("**b", "x/ab", true), ("a/**", "a", false),
    ("a/**", "a/b/c", true), ("a**", "abc/d", true), ("a/**/b", "a/b", true),
    ("a/**/b", "a/x/y/b", true), ("a**/*.t", "a/x/y.t", true), ("a**b", "axb", false),
    ("a**b", "a/b", true), ("**/**/*.t", "y.t", true), ("**/dir2/**", "dir/dir2/x/f", true),
    ("**/*.t*", "d/e.txt", true), ("a[b-d]e", "ace", true), ("a[b-d]e", "ae", false),
    ("a[^b-d]e", "aze", true), ("a[^b-d]e", "ace", false), ("a[!b]e", "a!e", true),
    ("a[!b]e", "aze", false), ("a\\*b", "a*b", true), ("a\\*b", "axb", false),
    ("a\\\\", "a\\", true), ("abc.def", "abcZdef", false), ("a(b)c/d", "a(b)c/d", true),
    ("a.|)$(}+{bc", "a.|)$(}+{bc", true), ("{a,b}", "a", false), ("{a,b}", "{a,b}", true),
    ("*\n!keep", "keep", false), ("*\n!keep", "other", true), ("*\n!keep", "keep/a", false),
    ("!keep\n*", "keep", true), ("dir\n!dir/keep", "dir/keep", false),
    ("dir\n!dir/keep", "dir/other", true), ("dir/*\n!dir/*.md\ndir/x.md", "dir/x.md", true),
    ("*\n!a\na/b\n!a/b/c", "a/b/c", false), ("**/x\n!**/x/y", "q/x/y", false),
    ("*.md\n!README.md", "README.md", false), ("! keep", "keep", false),
    ("*\n! /keep", "keep", false), ("a/b\n!a", "a/b", true), ("a/b\n!a", "a/b/c", true),
    ("a\n!a", "a/b", false), ("a\n!a\na/b", "a/b/c", true),
  ])
  func `a path is left out as the table says`(_ row: (String, String, Bool)) throws {
    let rules = try IgnoreRules(content: Array(row.0.utf8))
    #expect(Self.leavesOut(rules, row.1) == row.2, "\(row.0) on \(row.1)")
  }

  @Test(arguments: [
    ("!", GlobError.Code.empty), ("[", .badSet), ("[]", .badSet), ("a[b-a]", .badSet),
    ("[-x]", .badSet), ("[x-]", .badSet), ("a\\", .badEscape), ("\\d", .badEscape),
    ("[*]", .badSet),
  ])
  func `a line that has no clear meaning is refused`(_ row: (String, GlobError.Code)) {
    #expect(throws: GlobError(row.1, row.0)) { try IgnoreRules(content: Array(row.0.utf8)) }
  }

  @Test func `a context holds files, links and directories with their modes`() throws {
    let box = try FileSandbox()
    for name in ["app/Dockerfile", "app/src/a", "app/src/b.log", "app/skip/x", "app/skip/deep/y"] {
      try box.write(name, name)
    }
    try box.directory("app/empty", mode: 0o700)
    try box.link("app/link", to: "src/a")
    try box.write("app/.dockerignore", "**/*.log\nskip\n!skip/deep/y\n")
    let contents = try ContextTree.files(root: box.root, context: "app")
    #expect(
      contents.files == [
        "app/.dockerignore", "app/Dockerfile", "app/link", "app/skip/deep/y", "app/src/a",
      ])
    #expect(
      contents.directories.map(\.path) == ["app/empty", "app/skip", "app/skip/deep", "app/src"])
    #expect(contents.directories[0].mode & 0o777 == 0o700)
    #expect(contents.ignoreFile == "app/.dockerignore")
    #expect(contents.missing == ["app/Dockerfile.dockerignore"])
  }

  @Test func `a directory that is left out is not read`() throws {
    let box = try FileSandbox()
    try box.write("node_modules/a/b", "")
    try box.write("src/a", "")
    try box.write(".dockerignore", "node_modules\n!src/a\n")
    let contents = try ContextTree.files(root: box.root, context: ".")
    #expect(contents.visits.map(\.path) == ["", "src"])
  }

  @Test func `the ignore file of a dockerfile goes before that of the context`() throws {
    let box = try FileSandbox()
    try box.write("a", "")
    try box.write("b", "")
    try box.write(".dockerignore", "a")
    try box.write("docker/web.dockerignore", "b\ndocker\n.dockerignore")
    try box.write("docker/web", "FROM scratch")
    let own = try ContextTree.files(root: box.root, context: "", dockerfile: "docker/web")
    #expect(own.files == ["a"])
    try box.write("docker/web.dockerignore", "")
    let empty = try ContextTree.files(root: box.root, context: "", dockerfile: "docker/web")
    #expect(empty.files.contains("a") && empty.files.contains("b"))
    try box.delete("docker/web.dockerignore")
    let common = try ContextTree.files(root: box.root, context: "", dockerfile: "docker/web")
    #expect(common.ignoreFile == ".dockerignore" && !common.files.contains("a"))
  }

  @Test func `a bad line names its file`() throws {
    let box = try FileSandbox()
    try box.write(".dockerignore", "a[")
    #expect(throws: ContextTree.Failure.pattern(GlobError(.badSet, "a["), path: ".dockerignore")) {
      try ContextTree.files(root: box.root, context: "")
    }
  }
}
