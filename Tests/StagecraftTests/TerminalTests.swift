// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The live display in a real terminal: what stands in the window at several widths, after its size
// changed, and after Ctrl-C. The tasks go on when the test says so.

import Foundation
import TestSupport
import Testing

struct TerminalTests {
  private static let project = """
    project: { name: seen }
    tasks:
      gen: { run: "echo made" }
      compile:
        run: "echo 'compiling a module with a name that is longer than any window is wide, by far'; until [ -e open ]; do sleep 0.05; done"
        needs: [gen]
      lint: { run: "echo looking; until [ -e open ]; do sleep 0.05; done", needs: [gen] }

    """

  private let folder: TemporaryFolder
  private let window: Tmux

  init() throws {
    folder = try TemporaryFolder()
    try Data(Self.project.utf8).write(to: folder.url.appendingPathComponent("stagecraft.yml"))
    window = try Tmux(
      "\(GoldenCase.program.path) run compile lint --jobs 2", columns: 80, lines: 24,
      directory: folder.path,
      environment: [
        "HOME": folder.path, "XDG_CACHE_HOME": "\(folder.path)/cache", "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1", "CI": "", "GITHUB_ACTIONS": "", "STAGECRAFT_PROGRESS": "",
      ])
  }

  /// Lets the tasks go on.
  private func open() throws {
    try Data().write(to: folder.url.appendingPathComponent("open"))
  }

  /// Waits for both tasks, drawn for a window of this width.
  private func block(columns: Int) throws -> [String] {
    try window.wait { lines in
      lines.contains { $0.hasPrefix("  lint") && $0.contains("looking") }
        && lines.contains {
          $0.hasPrefix("  compile") && $0.hasSuffix("…") && $0.count == columns - 1
        }
    }.map(Self.stable).sortedTasks
  }

  private static func stable(_ line: String) -> String {
    // How much of a line is there depends on how long the time before it is.
    line.replacing(#/\b[0-9]+(\.[0-9])? (ms|s)\b/#, with: "<time>")
      .replacing(#/compiling .*…/#, with: "compiling…")
      .replacing(#/[━╌]+/#, with: "<bar>")
  }

  @Test func `the block follows the size of the window, and nothing of it stays`() throws {
    let wide = try block(columns: 80)
    #expect(
      wide == [
        "✓ [gen] done in <time>",
        "[1/3] <bar> 2 running, <time>",
        "  compile  <time>  compiling…",
        "  lint     <time>  looking",
      ])
    #expect(try !window.hasCursor())
    try window.resize(columns: 40, lines: 24)
    #expect(
      try block(columns: 40) == [
        "✓ [gen] done in <time>",
        "[1/3] <bar> 2 running, <time>",
        "  compile  <time>  compiling…",
        "  lint     <time>  looking",
      ])
    try window.resize(columns: 80, lines: 10)
    #expect(try block(columns: 80) == wide)
    try open()
    let last = try window.wait { $0.last == "status 0" }.map(Self.stable)
    #expect(last.first == "✓ [gen] done in <time>")
    #expect(Set(last[1...2]) == ["✓ [compile] done in <time>", "✓ [lint] done in <time>"])
    #expect(last[3...] == ["3 executed, 0 up to date, 0 failed in <time>", "status 0"])
    #expect(try window.hasCursor())
  }

  @Test func `after an interrupt the block is gone and the cursor is back`() throws {
    _ = try block(columns: 80)
    try window.press("C-c")
    let last = try window.wait { $0.last == "status 130" }.map(Self.stable)
    #expect(
      last == [
        "✓ [gen] done in <time>",
        "warning: stopping what runs; once more to stop at once",
        "interrupted: 1 executed, 0 up to date, 0 failed, 2 cancelled in <time>",
        "status 130",
      ])
    #expect(try window.hasCursor())
  }
}

extension [String] {
  /// The lines with those of running tasks by name: which of two starts first is not told.
  fileprivate var sortedTasks: [String] {
    let tasks = suffix(while: { $0.hasPrefix("  ") })
    return dropLast(tasks.count) + tasks.sorted()
  }

  private func suffix(while isPart: (String) -> Bool) -> ArraySlice<String> {
    self[(lastIndex { !isPart($0) }.map { $0 + 1 } ?? startIndex)...]
  }
}
