// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks the engine itself what it copies from a context and compares. Runs where an engine answers;
// the table of IgnoreRulesTests is for where none does.

import Cache
import Foundation
import SystemPackage
import Testing

struct ContextEngineTests {
  private static func docker(_ arguments: [String]) throws -> (exit: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["docker"] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  static let isEngineThere: Bool = {
    guard let answer = try? docker(["buildx", "inspect", "default"]) else { return false }
    return answer.exit == 0 && answer.text.contains("running")
  }()

  /// Paths and modes below a directory, links without a mode.
  private static func list(_ root: FilePath) throws -> [String] {
    let all = try ContextTree.files(root: root, context: "", ignore: .rules(IgnoreRules()))
    return describe(all, root)
  }

  private static func describe(_ contents: ContextTree.Contents, _ root: FilePath) -> [String] {
    var lines = contents.directories.map { "\($0.path)/ \(String($0.mode & 0o777, radix: 8))" }
    for file in contents.files {
      guard let identity = FileIdentity(root.pushing(FilePath(file)).string) else { continue }
      let mode = identity.type == .regular ? String(identity.mode & 0o777, radix: 8) : "link"
      lines.append("\(file) \(mode)")
    }
    return lines.sorted()
  }

  private static func makeTree(_ box: FileSandbox) throws {
    for name in [
      "a", "a.md", "README.md", "b/a", "b/x.md", "b/c/a", "b/c/x.log", "c/d/e/f", "c/d/e/a.md",
      "ab/a", "a[b", "node/modules/a", "node/.hidden", ".env", "c/é.log", "c/keep",
    ] { try box.write(name, name) }
    try box.write("run.sh", "", mode: 0o755)
    try box.directory("empty", mode: 0o700)
    try box.directory("b/empty")
    try box.link("link", to: "b/a")
    try box.link("dangling", to: "../nowhere")
  }

  private static func random(_ random: inout SeededGenerator) -> String {
    let pieces = [
      "a", "b", "c", "d", "e", "ab", "*", "*", "**", "?", "a*", "*.md", "x.*", "[a-b]", "[^a]",
      "empty", ".*", "**a", "a**", "keep", "é.log",
    ]
    return (0...Int.random(in: 0...3, using: &random)).map { index in
      let parts = (0...Int.random(in: 0...2, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? "a"
      }
      let isException = index > 0 && Int.random(in: 0..<2, using: &random) == 0
      let lead = Int.random(in: 0..<8, using: &random) == 0 ? "/" : ""
      return (isException ? "!" : "") + lead + parts.joined(separator: "/")
    }.joined(separator: "\n")
  }

  @Test(.enabled(if: isEngineThere))
  func `the engine copies what we list`() throws {
    let box = try FileSandbox()
    try box.directory("ctx")
    let context = box.path("ctx")
    try Self.makeTree(FileSandbox(at: context))
    var random = SeededGenerator(seed: 11)
    var cases = [
      "", "b\n!b/c", "*\n!a", "**/*.md\n!README.md", "**\n!c/d/e", "b/c\n!b", "node\n!node/modules",
      "*\n!b/**\nb/c", "empty", "  # x\n#a\n\u{FEFF}b", "*/\n!c/keep", "**/a\n!b/a",
    ]
    let extra = ProcessInfo.processInfo.environment["STAGECRAFT_ENGINE_CASES"].flatMap { Int($0) }
    for _ in 0..<(extra ?? 12) { cases.append(Self.random(&random)) }
    for (number, ignore) in cases.enumerated() {
      let dockerfile = "Dockerfile\(number)"
      try box.write(dockerfile, "FROM scratch\nCOPY . /\n")
      try box.write(dockerfile + ".dockerignore", ignore)
      let out = "out\(number)"
      let answer = try Self.docker([
        "buildx", "build", "--builder", "default", "--quiet", "--file",
        box.path(dockerfile).string, "--output", "type=local,dest=\(box.path(out).string)",
        context.string,
      ])
      try #require(answer.exit == 0, "\(ignore)\n\(answer.text)")
      let listed = try ContextTree.files(
        root: context, context: "", dockerfile: box.path(dockerfile).string)
      let copied = try Self.list(box.path(out))
      #expect(Self.describe(listed, context) == copied, "\(ignore)")
      if ignore.isEmpty { #expect(copied.count > 25) }
    }
  }
}
