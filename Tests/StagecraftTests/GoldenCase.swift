// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One folder below Cases: what goes in, and the whole of what must come out. Knows how to run the
// built program and what in its output changes from run to run.

import Foundation
import TestSupport
import Testing

/// A golden case.
///
/// `args` holds one argument a line; `cmd` is a shell script instead, with `stagecraft` on its PATH;
/// `env` holds `NAME=value` lines. All other files are copied into the folder the program runs in,
/// `bin/` is on its PATH. `expected.out`, `expected.err` and `expected.exit` are compared whole; a
/// missing one means nothing printed, or status 0.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  private static let controls: Set = [
    "args", "cmd", "env", "expected.out", "expected.err", "expected.exit",
  ]

  let folder: URL

  var testDescription: String {
    folder.pathComponents.suffix(2).joined(separator: "/")
  }

  /// Every folder two levels below Cases.
  static let all: [GoldenCase] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Cases")
    return folders(in: root).flatMap { folders(in: $0) }.map { GoldenCase(folder: $0) }
  }()

  private static func folders(in folder: URL) -> [URL] {
    let found = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [.isDirectoryKey])
    return (found ?? []).filter { $0.hasDirectoryPath }.sorted { $0.path < $1.path }
  }

  /// The program, beside the tests in the build folder.
  static var program: URL {
    if let given = ProcessInfo.processInfo.environment["STAGECRAFT_BINARY"] {
      return URL(fileURLWithPath: given)
    }
    #if os(Linux)
      let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      let tests = Bundle(for: TemporaryFolder.self).bundleURL
    #endif
    return tests.deletingLastPathComponent().appendingPathComponent("stagecraft")
  }

  /// What a run of the program came to, with placeholders.
  struct Result: Equatable {
    var output: String
    var error: String
    var status: Int32
  }

  func run() throws -> Result {
    let place = try TemporaryFolder()
    let work = place.url.appendingPathComponent("project")
    try FileManager.default.copyItem(at: folder, to: work)
    for name in Self.controls {
      let copy = work.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: copy.path) {
        try FileManager.default.removeItem(at: copy)
      }
    }
    let program = Self.program
    var environment = [
      "PATH": "\(work.path)/bin:\(program.deletingLastPathComponent().path):/usr/bin:/bin",
      "HOME": place.path, "XDG_CACHE_HOME": "\(place.path)/cache", "LC_ALL": "C.UTF-8",
      "TMPDIR": place.path,
    ]
    for line in try lines("env") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      environment[parts[0]] = parts.count > 1 ? parts[1] : ""
    }
    let script = folder.appendingPathComponent("cmd").path
    let child =
      FileManager.default.fileExists(atPath: script)
      ? try Child.run("/bin/sh", [script], directory: work.path, environment: environment)
      : try Child.run(
        program.path, try lines("args"), directory: work.path, environment: environment)
    return Result(
      output: stable(child.output, place.path), error: stable(child.error, place.path),
      status: child.status)
  }

  var expected: Result {
    get throws {
      Result(
        output: try text("expected.out") ?? "", error: try text("expected.err") ?? "",
        status: Int32(
          (try text("expected.exit") ?? "0").trimmingCharacters(in: .whitespacesAndNewlines))
          ?? -1)
    }
  }

  /// Makes `result` what is expected.
  func update(_ result: Result) throws {
    let files = [
      ("expected.out", result.output), ("expected.err", result.error),
      ("expected.exit", result.status == 0 ? "" : "\(result.status)\n"),
    ]
    for (name, text) in files {
      let file = folder.appendingPathComponent(name)
      if !text.isEmpty {
        try Data(text.utf8).write(to: file)
      } else if FileManager.default.fileExists(atPath: file.path) {
        try FileManager.default.removeItem(at: file)
      }
    }
  }

  private func text(_ name: String) throws -> String? {
    let file = folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try String(contentsOf: file, encoding: .utf8)
  }

  private func lines(_ name: String) throws -> [String] {
    var lines = (try text(name) ?? "").components(separatedBy: "\n")
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// The text with placeholders for what differs from run to run.
  private func stable(_ text: String, _ place: String) -> String {
    text.replacing(place, with: "<dir>")
      .replacing(#/\b[0-9]+(\.[0-9])? (ms|s|min|h)( [0-9]+ (s|min))?\b/#, with: "<time>")
      .replacing(#/_ms": ?[0-9]+/#, with: "_ms\": 0")
      .replacing(#/_us": ?[0-9]+/#, with: "_us\": 0")
      .replacing(#/\b[0-9]{8}-[0-9]{6}[-0-9a-z]*/#, with: "<run>")
      .replacing(#/\b[0-9a-f]{64}\b/#, with: "<digest>")
      .replacing(#/`[0-9a-f]{12}`/#, with: "`<digest>`")
  }
}
