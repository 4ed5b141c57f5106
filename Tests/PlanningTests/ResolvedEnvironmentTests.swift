// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which value wins, what is remembered and what is never shown.

import Planning
import Testing

/// The environment of a run.
@Suite struct ResolvedEnvironmentTests {
  private func resolve(_ text: String, _ process: [String: String]) -> ResolvedEnvironment {
    EnvironmentResolver.resolve(
      envFile: SourceFile(path: ".env", text: text, isConfidential: true), process: process
    ).environment
  }

  @Test func `the process wins over the file`() {
    let environment = resolve("A=file\nB=file\n", ["B": "process", "C": ""])
    #expect(environment["A"] == "file")
    #expect(environment["B"] == "process")
    #expect(environment["C"] == "")
    #expect(environment["D"] == nil)
    #expect(environment.names == ["A", "B", "C"])
    #expect(environment.origin(of: "B") == .process)
    #expect(
      environment.origin(of: "A") == .file(SourceLocation(file: ".env", line: 1, column: 1)))
    #expect(environment.all == ["A": "file", "B": "process", "C": ""])
  }

  @Test func `of two lines of one name the later counts`() {
    #expect(resolve("A=1\nA=2\n", [:])["A"] == "2")
  }

  @Test func `values of the file see the process and each other`() {
    #expect(resolve("A=1\nB=${A}2$C\n", ["C": "3"])["B"] == "123")
  }

  @Test func `without a file there is the process alone`() {
    let (environment, diagnostics) = EnvironmentResolver.resolve(envFile: nil, process: ["A": "1"])
    #expect(environment["A"] == "1")
    #expect(diagnostics.isEmpty)
  }

  @Test func `faults of the file come back`() {
    let (environment, diagnostics) = EnvironmentResolver.resolve(
      envFile: SourceFile(path: ".env", text: "=1\nA=2\n"), process: [:])
    #expect(diagnostics.map(\.code) == [.badEnvironmentLine(.missingName)])
    #expect(environment["A"] == "2")
  }

  @Test func `requested names are remembered, also those without a value`() {
    var environment = resolve("A=1\n", [:])
    #expect(environment.request("Z") == nil)
    #expect(environment.request("A") == "1")
    _ = environment["B"]
    #expect(environment.requested == ["A", "Z"])
  }

  @Test func `values are never shown`() {
    let environment = resolve("A=secret\n", ["B": "hidden"])
    var shown = "\(environment) \(String(reflecting: environment))"
    dump(environment, to: &shown)
    #expect(!shown.contains("secret"))
    #expect(!shown.contains("hidden"))
    #expect("\(environment)" == "environment of 2 variables")
  }
}
