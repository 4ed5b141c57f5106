// SPDX-License-Identifier: AGPL-3.0-or-later
//
// docs/reference against the program: pages are what the program would write, and name all there is.
// Proves spec/project/docs.md.

import Foundation
import TestSupport
import Testing

@testable import stagecraft

struct ReferenceTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let folder = root.appendingPathComponent("docs/reference")

  private func page(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
  }

  @Test func `every page is what make docs would write`() throws {
    for file in try ReferenceFiles.all() {
      let isFresh = try page(file.name) == file.text
      #expect(isFresh, "docs/reference/\(file.name) is stale: run `make docs`")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(names.sorted() == (try ReferenceFiles.all().map(\.name).sorted()))
  }

  @Test func `the page of commands names every command and flag`() throws {
    let text = try page("commands.md")
    for (words, help) in try CommandHelp.read().all {
      #expect(text.contains("\n## \(words.joined(separator: " "))\n"))
      for argument in help.ownArguments {
        #expect(text.contains("| `\(argument.label.replacing("|", with: "\\|"))` |"))
        #expect(!argument.meaning.isEmpty)
      }
    }
  }

  @Test func `every variable that the program looks at is on the page of commands`() throws {
    let known = Set((KnownVariable.read + KnownVariable.given).map(\.name))
    let sources = Self.root.appendingPathComponent("Sources")
    let found = try #require(FileManager.default.enumerator(atPath: sources.path))
    var unknown: Set<String> = []
    for case let name as String in found where name.hasSuffix(".swift") {
      let text = try String(
        contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      for match in text.matches(of: /"(STAGECRAFT_[A-Z_]+|OTEL_[A-Z_]+)"/) {
        unknown.insert(String(match.output.1))
      }
    }
    // Of debug builds, for tests.
    #expect(
      unknown.subtracting(known) == ["STAGECRAFT_CRASH_AT", "STAGECRAFT_CRASH_EFFECT"])
  }

  @Test func `the manual has no fault`() throws {
    let path = Self.folder.appendingPathComponent("stagecraft.1").path
    let child = try Child.run("/usr/bin/env", ["mandoc", "-T", "lint", "-W", "warning", path])
    #expect(child.output + child.error == "")
    #expect(child.status == 0)
  }
}
