// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what a run looks like in pipes, on a terminal and at its end, as whole texts.

import SystemPackage
import TaskGraph
import Testing

@testable import stagecraft

struct DisplayTests {
  private let events: [Event] = [
    Event(.runStarted(id: "r", goal: "build", tasks: 4), time: 0),
    Event(.started(TaskID("look"), .alwaysObserves), time: 1),
    Event(.finished(TaskID("look"), .executed(.zero), .alwaysObserves), time: 2),
    Event(.finished(TaskID("lint"), .reused(saved: .seconds(3), restored: 0), .cached), time: 2),
    Event(.output(TaskID("lint"), line: "old log", .output, replayed: true), time: 2),
    Event(.started(TaskID("api"), .changed(Samples.changes)), time: 3),
    Event(
      .output(TaskID("api"), line: "\u{1B}[31mred\u{1B}[0m\tx", .error, replayed: false), time: 4),
    Event(
      .retrying(TaskID("api"), attempt: 2, of: 3, after: .seconds(2), Samples.failure), time: 5),
    Event(.warning(nil, "the cache cannot be written"), time: 6),
    Event(.finished(TaskID("api"), .failed(Samples.failure), .neverRan), time: 7),
    Event(.finished(TaskID("web"), .skipped(because: TaskID("api")), .neverRan), time: 8),
  ]

  private func plain(isVerbose: Bool) -> String {
    var renderer = PlainRenderer(style: .plain, isVerbose: isVerbose)
    return events.map { renderer.consume($0) }.joined()
  }

  @Test func `a pipe gets one line an event and no escape codes`() {
    #expect(
      plain(isVerbose: false) == """
        [api] running: file `api/server.py` changed, +1 more
        [api] red x
        [api] failed: the command ended with status 2; attempt 2 of 3 in 2.0 s
        warning: the cache cannot be written
        [api] failed: the command ended with status 2
        [web] skipped: `api` did not succeed

        """)
  }

  @Test func `with verbose hits, their logs and observations are named too`() {
    let text = plain(isVerbose: true)
    #expect(text.contains("[lint] up to date: found in the cache\n"))
    #expect(text.contains("[lint] old log\n"))
    #expect(text.contains("[look] running: looks every time\n"))
  }

  @Test func `files that come back are a line without verbose too`() {
    var renderer = PlainRenderer(style: .plain, isVerbose: false)
    let hit = Outcome.reused(saved: .zero, restored: 2)
    #expect(
      renderer.consume(Event(.finished(TaskID("gen"), hit, .cached), time: 0))
        == "[gen] up to date: found in the cache, 2 files brought back\n")
  }

  private let size = StandardStream.Size(columns: 40, lines: 24)

  @Test func `the live block has a count and the running tasks with their last line`() {
    var renderer = LiveRenderer(style: .plain, isVerbose: false)
    for event in events[..<7] { #expect(renderer.consume(event).isEmpty) }
    #expect(
      renderer.tick(at: 2_500_000_000, size: size)
        == "\u{1B}[?2026h\u{1B}[?25l\r\u{1B}[2K[2/4] ━━━━━━━╌╌╌╌╌╌╌╌ 1 running, 2.5 s\n\u{1B}[J"
        + "  api  2.4 s  red x\n\u{1B}[J\u{1B}[?2026l")
  }

  @Test func `what stays is written over the block and the cursor comes back`() {
    var renderer = LiveRenderer(style: .plain, isVerbose: false)
    for event in events[..<7] { _ = renderer.consume(event) }
    _ = renderer.tick(at: 0, size: size)
    _ = renderer.consume(events[9])
    #expect(
      renderer.end(size: size)
        == "\u{1B}[?2026h\r\u{1B}[2A\u{1B}[2K✗ [api] failed: the command ended with status 2\n"
        + "\u{1B}[J\u{1B}[?25h\u{1B}[?2026l")
    #expect(renderer.end(size: size).isEmpty)
  }

  @Test func `a run that is over before the first tick shows no block`() {
    var renderer = LiveRenderer(style: .plain, isVerbose: false)
    for event in events[..<4] { _ = renderer.consume(event) }
    #expect(renderer.end(size: size).isEmpty)
  }

  @Test func `only the lines that changed are written again`() {
    var screen = LiveScreen()
    _ = screen.frame(["one", "two", "three"], above: "", columns: 80)
    #expect(screen.frame(["one", "two", "three"], above: "", columns: 80) == "")
    #expect(
      screen.frame(["one", "twenty", "3"], above: "", columns: 80)
        == "\u{1B}[?2026h\r\u{1B}[3A\ntwenty\n\u{1B}[2K3\n\u{1B}[J\u{1B}[?2026l")
  }

  @Test func `nothing is written while nothing runs`() {
    var screen = LiveScreen()
    #expect(screen.frame([], above: "", columns: 80) == "")
    #expect(screen.frame([], above: "kept\n", columns: 80) == "kept\n")
    #expect(screen.end(above: "", columns: 80) == "")
  }

  @Test(arguments: [10, 11, 20, 33, 80])
  func `no line of the block is wider than the terminal`(columns: Int) {
    var renderer = LiveRenderer(style: .plain, isVerbose: false)
    _ = renderer.consume(Event(.runStarted(id: "r", goal: "build", tasks: 99), time: 0))
    for number in 0..<20 {
      let id = TaskID("image/日本語-\(number)/build")
      _ = renderer.consume(Event(.started(id, .neverRan), time: 0))
      _ = renderer.consume(
        Event(
          .output(id, line: String(repeating: "界x", count: 90), .output, replayed: false), time: 1))
    }
    let frame = renderer.tick(
      at: 1, size: StandardStream.Size(columns: columns, lines: 10))
    let lines = TerminalText.sanitized(frame.replacing("\n", with: "\u{85}"))
    #expect(!lines.isEmpty)
    let rows = frame.split(separator: "\n").map { TerminalText.sanitized(String($0)) }
    #expect(rows.count <= 10)
    for row in rows { #expect(TerminalText.width(row) < columns, "\(row)") }
  }

  @Test func `a block that wrapped in a narrower window is erased whole`() {
    var renderer = LiveRenderer(style: .plain, isVerbose: false)
    for event in events[..<7] { _ = renderer.consume(event) }
    _ = renderer.tick(at: 2_500_000_000, size: size)
    let narrow = StandardStream.Size(columns: 12, lines: 24)
    // A new width counts once it stays: what is drawn while a window is dragged goes astray.
    #expect(renderer.tick(at: 2_500_000_000, size: narrow) == "")
    #expect(renderer.tick(at: 2_500_000_000, size: narrow) == "")
    let frame = renderer.tick(at: 2_500_000_000, size: narrow)
    // 38 and 19 cells take four and two rows of twelve.
    #expect(frame.hasPrefix("\u{1B}[?2026h\r\u{1B}[6A\u{1B}[2K"))
  }

  @Test func `the summary counts in plain words`() {
    let printer = SummaryPrinter(style: .plain)
    let ran = Samples.line("a", .executed(.seconds(1)), .neverRan, from: 0, to: 1000)
    let hit = Samples.line(
      "b", .reused(saved: .seconds(34), restored: 0), .unchanged, from: 0, to: 0)
    #expect(
      printer.counts(Samples.report([ran, hit]))
        == "1 executed, 1 up to date, 0 failed in 1.2 s, saved 34.0 s")
    #expect(
      printer.counts(Samples.report([hit, hit]))
        == "nothing to do: 2 tasks up to date (saved 1 min 8 s)")
    #expect(printer.counts(Samples.report([])) == "nothing to do")
    let cancelled = Samples.line("c", .cancelled, .neverRan, from: 0, to: 0)
    #expect(
      printer.counts(Samples.report([ran, cancelled], wasInterrupted: true))
        == "interrupted: 1 executed, 0 up to date, 0 failed, 1 cancelled in 1.2 s")
  }

  @Test func `a failed task shows its command, the last twenty lines and the hint`() {
    let failed = Samples.line("api", .failed(Samples.failure), .neverRan, from: 0, to: 5)
    let text = SummaryPrinter(style: .plain).render(
      Samples.report([failed]), run: FilePath("/p/.stagecraft/runs/run-1"))
    #expect(
      text.hasPrefix(
        """
        ✗ api failed: the command ended with status 2
          command  make all
          log      /p/.stagecraft/runs/run-1/logs/api.log
          │ line 6
          │ line 7

        """))
    #expect(
      text.hasSuffix(
        """
          │ line 25
          hint     read the log

        0 executed, 0 up to date, 1 failed in 1.2 s

        """))
  }

  @Test func `durations and sizes are short`() {
    let durations: [(Duration, String)] = [
      (.microseconds(400), "0.4 ms"), (.milliseconds(340), "340 ms"),
      (.milliseconds(1234), "1.2 s"), (.milliseconds(59_960), "1 min"),
      (.seconds(125), "2 min 5 s"),
      (.seconds(3780), "1 h 3 min"), (.seconds(-1), "0.0 ms"),
    ]
    for (duration, text) in durations { #expect(DurationFormat.text(duration) == text) }
    let sizes: [(Int64, String)] = [
      (17, "17 B"), (1234, "1.2 kB"), (340_400_000, "340 MB"), (10_000_000_000, "10 GB"),
    ]
    for (size, text) in sizes { #expect(SizeFormat.text(size) == text) }
  }
}
