// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every sentence of an error in the sources against the golden cases: each must stand in the expected
// output of one, on the page of errors, or in a test that compares it.

import Foundation
import Testing

struct ErrorCaseTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func `every error of the sources has a case`() throws {
    let cases = try corpus()
    var open: Set<String> = []
    var count = 0
    for (file, text) in try files(in: "Sources", ending: ".swift") {
      for sentence in ErrorSentences.all(in: text) {
        count += 1
        if !sentence.isFound(in: cases) { open.insert("\(file): \(sentence.text)") }
      }
    }
    #expect(count > 100)
    #expect(open.sorted() == [], "these errors have no golden case")
  }

  @Test func `a sentence is found with whatever stands for its facts`() throws {
    let source =
      #"throw TaskError(.input, "no `\(name(of: ")"))` in " + "`\(place)`", hint: "look")"#
    let found = ErrorSentences.all(in: source)
    #expect(found.map(\.text) == ["no `…` in `…`"])
    #expect(found.first?.isFound(in: "x no `a b` in `c`") == true)
    #expect(found.first?.isFound(in: "x no `a b` on `c`") == false)
  }

  /// All that is compared whole somewhere.
  private func corpus() throws -> String {
    let expected = try files(in: "Tests", ending: ".err") + files(in: "Tests", ending: ".out")
    let page = try String(
      contentsOf: Self.root.appendingPathComponent("docs/reference/errors.md"), encoding: .utf8)
    // In a test a text may be written in pieces.
    let tests = try files(in: "Tests", ending: ".swift").map {
      $0.text.replacing(/"\s*\+\s*"/, with: "").replacing("\\\"", with: "\"")
    }
    return (expected.map(\.text) + [page.replacing("\\|", with: "|")] + tests)
      .joined(separator: "\n")
  }

  private func files(
    in folder: String, ending: String
  ) throws -> [(name: String, text: String)] {
    let base = Self.root.appendingPathComponent(folder)
    let found = try #require(FileManager.default.enumerator(atPath: base.path))
    return try found.compactMap { $0 as? String }.filter {
      $0.hasSuffix(ending) && !$0.hasSuffix("ErrorCaseTests.swift")
    }.sorted().map { name in
      let bytes = try Data(contentsOf: base.appendingPathComponent(name))
      return (name, String(decoding: bytes, as: UTF8.self))
    }
  }
}
