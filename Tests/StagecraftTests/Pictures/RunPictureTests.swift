// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that a run is read back as it was: ended, under way, killed, and from files that are damaged.

import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import TaskGraph
@testable import stagecraft

struct RunPictureTests {
  private let folder: TemporaryFolder
  private var state: FilePath { FilePath(folder.path).appending(".stagecraft") }
  private var run: FilePath { state.appending("runs").appending("run-1") }

  init() throws { folder = try TemporaryFolder() }

  private static let plan: [PlanEntry] = [
    Samples.entry("look", .run, .alwaysObserves, taskClass: .observe),
    Samples.entry("codegen", .run, .changed(Samples.changes), after: ["look"]),
    Samples.entry("lint", .hit, .unchanged),
    Samples.entry("build", .run, .upstreamRuns([TaskID("codegen")]), after: ["codegen", "lint"]),
    Samples.entry("push", .run, .upstreamRuns([TaskID("build")]), after: ["build"]),
  ]

  private static let events: [Event] = [
    Event(.started(TaskID("look"), .alwaysObserves), time: 0),
    Event(.finished(TaskID("look"), .executed(.zero), .alwaysObserves), time: 1_000_000),
    Event(.started(TaskID("codegen"), .changed(Samples.changes)), time: 1_000_000),
    Event(
      .finished(TaskID("lint"), .reused(saved: .seconds(3), restored: 0), .unchanged),
      time: 2_000_000),
    Event(
      .output(TaskID("codegen"), line: "made 3 files", .output, replayed: false), time: 2_500_000),
    Event(
      .finished(TaskID("codegen"), .executed(.milliseconds(4)), .changed(Samples.changes)),
      time: 5_000_000),
    Event(.started(TaskID("build"), .changed(Samples.changes)), time: 5_000_000),
    Event(.output(TaskID("build"), line: "compiling", .error, replayed: false), time: 6_000_000),
  ]

  private static let ending: [Event] = {
    let failed = Outcome.failed(Samples.failure)
    let report = Samples.report(
      [
        Samples.line("look", .executed(.zero), .alwaysObserves, from: 0, to: 1),
        Samples.line(
          "codegen", .executed(.milliseconds(4)), .changed(Samples.changes), from: 1, to: 5),
        Samples.line("lint", .reused(saved: .seconds(3), restored: 0), .unchanged, from: 2, to: 2),
        Samples.line("build", failed, .changed(Samples.changes), from: 5, to: 9),
        Samples.line(
          "push", .skipped(because: TaskID("build")), .upstreamRuns([TaskID("build")]), from: 9,
          to: 9),
      ], duration: .milliseconds(9))
    return [
      Event(.finished(TaskID("build"), failed, .changed(Samples.changes)), time: 9_000_000),
      Event(.runFinished(report), time: 9_000_000),
    ]
  }()

  private func play(_ events: [Event]) {
    var journal = RunJournal(in: state, plan: Self.plan)
    let start = Event(.runStarted(id: "run-1", goal: "build", tasks: 5), time: 0)
    for event in [start] + events { #expect(journal.consume(event) == nil) }
  }

  /// As a run looks that is under way, or whose program was killed: no summary, a line cut short.
  private func cut() throws {
    try FileManager.default.removeItem(atPath: run.appending("summary.json").string)
    let path = run.appending("events.jsonl").string
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let kept = lines.prefix { !$0.contains(#""finished","id":"build""#) }
    try (kept.joined(separator: "\n") + "\n{\"t_us\":9,\"ev").write(
      toFile: path, atomically: false, encoding: .utf8)
  }

  private func picture(isRunning: Bool = false) throws -> Picture {
    Picture(try RunFiles(run), isRunning: isRunning)
  }

  @Test func `a run that ended is read back with its times, causes and logs`() throws {
    play(Self.events + Self.ending)
    let picture = try picture()
    #expect(picture.outcome == "failed")
    #expect(picture.goal == "build")
    #expect(picture.run == "run-1")
    #expect(picture.duration == .milliseconds(9))
    #expect(picture.saved == .seconds(3))
    #expect(picture.tasks.map(\.status) == [.looked, .executed, .hit, .failed, .skipped])
    #expect(picture.tasks[3].before == [1, 2])
    #expect(picture.tasks[3].span == .init(start: 5_000_000, end: 9_000_000))
    #expect(picture.tasks[3].failure?.command == "make all")
    #expect(picture.tasks[3].log == "compiling\n")
    #expect(picture.tasks[1].log == "made 3 files\n")
    #expect(picture.tasks[1].changes.map(\.name) == ["api/server.py", "MODE"])
    #expect(picture.tasks[4].because == "build")
    #expect(picture.criticalPath == [0, 1, 3])
    #expect(picture.criticalTime == .milliseconds(9))
  }

  @Test func `a run under way shows what runs and what waits`() throws {
    play(Self.events + Self.ending)
    try cut()
    let picture = try picture(isRunning: true)
    #expect(picture.outcome == "running")
    #expect(picture.tasks.map(\.status) == [.looked, .executed, .hit, .running, .waiting])
    #expect(picture.tasks[3].span == .init(start: 5_000_000, end: 5_000_000))
  }

  @Test func `a run whose program was killed says what was under way and what was not reached`()
    throws
  {
    play(Self.events + Self.ending)
    try cut()
    let picture = try picture()
    #expect(picture.outcome == "unfinished")
    #expect(picture.tasks.map(\.status) == [.looked, .executed, .hit, .cancelled, .skipped])
    #expect(picture.tasks[3].reason == "was under way when the program ended")
    #expect(picture.tasks[4].reason == "was not reached")
  }

  @Test func `a run without a plan is read from its summary, and says that arrows are missing`()
    throws
  {
    play(Self.events + Self.ending)
    try FileManager.default.removeItem(atPath: run.appending("plan.json").string)
    let picture = try picture()
    #expect(picture.tasks.count == 5)
    #expect(picture.tasks.allSatisfy { $0.before.isEmpty })
    #expect(picture.note == "this run kept no plan: arrows are not known")
  }

  @Test func `a run too large to be planned keeps who waits for whom`() throws {
    var graph = Graph()
    for (name, before) in [
      ("look", []), ("codegen", ["look"]), ("lint", []), ("build", ["codegen", "lint"]),
      ("push", ["build"]),
    ] {
      try graph.add(WorkTask(name), after: before.map { TaskID($0) })
    }
    var journal = RunJournal(in: state, graph: graph, environment: "prod")
    let start = Event(.runStarted(id: "run-1", goal: "deploy", tasks: 5), time: 0)
    for event in [start] + Self.events + Self.ending { #expect(journal.consume(event) == nil) }
    let picture = try picture()
    #expect(picture.environment == "prod")
    #expect(picture.note.isEmpty)
    let names = picture.tasks.map { task in
      task.id.text + task.before.map { " < " + picture.tasks[$0].id.text }.joined()
    }
    #expect(
      Set(names) == ["look", "codegen < look", "lint", "build < codegen < lint", "push < build"])
  }

  @Test(arguments: ["plan.json", "summary.json", "events.jsonl"])
  func `a damaged file costs what it says and nothing else`(name: String) throws {
    play(Self.events + Self.ending)
    try Data("{\"tasks\": 7, \u{0} nonsense\n[]\n".utf8).write(
      to: URL(fileURLWithPath: run.appending(name).string))
    #expect(try picture().tasks.count == 5)
  }

  @Test func `of a long log the end is shown, from the beginning of a line`() throws {
    let lines = (0..<20_000).map {
      Event(.output(TaskID("codegen"), line: "line \($0)", .output, replayed: false), time: 2)
    }
    play(Array(Self.events.prefix(3)) + lines + Self.events.suffix(3) + Self.ending)
    let log = try picture().tasks[1].log
    #expect(log.hasPrefix("… "))
    #expect(log.contains("bytes before this are in "))
    #expect(log.hasSuffix("line 19999\n"))
    #expect(log.utf8.count < 40_000)
    #expect(log.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("line ") })
  }

  @Test func `the text says what failed, what bounded the time and when things ran`() throws {
    play(Self.events + Self.ending)
    let text = ReportPrinter(style: .plain, width: 60).render(try picture())
    let bar = String(repeating: "█", count: 44)
    #expect(
      text == """
        build  failed after 9.0 ms  run-1
        1 failed, 1 executed, 1 up to date, 1 looked, 1 skipped; the cache saved 3.0 s

        ✗ build  the command ended with status 2
          command  make all
          │ compiling
          hint     read the log

        critical path  3 tasks, 9.0 ms
          look         1.0 ms  █████████
          codegen      4.0 ms  \(String(repeating: "█", count: 37))
          build        4.0 ms  \(String(repeating: "█", count: 37))

        when it ran  by pool
          cpu   ▒▒▒▒▒\(bar)✗
                0                                           9.0 ms

        """)
    #expect(text.split(separator: "\n").allSatisfy { TerminalText.width(String($0)) <= 80 })
  }

  @Test func `the trace follows the rules of its format`() throws {
    play(Self.events + Self.ending)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: run.appending("trace.json").string))
    let trace = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    #expect(["ms", "ns"].contains(trace["displayTimeUnit"] as? String))
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    var named: Set<Int> = []
    var ends: [Int: Double] = [:]
    for event in events {
      let thread = try #require(event["tid"] as? Int)
      #expect(event["pid"] is Int && event["name"] is String)
      switch event["ph"] as? String {
      case "M":
        #expect(["process_name", "thread_name"].contains(event["name"] as? String))
        #expect((event["args"] as? [String: Any])?["name"] is String)
        if event["name"] as? String == "thread_name" { named.insert(thread) }
      case "X":
        let start = try #require(event["ts"] as? Double)
        let length = try #require(event["dur"] as? Double)
        #expect(start >= 0 && length >= 0)
        #expect(named.contains(thread))
        // Complete events of one row must not overlap, or a viewer nests them.
        #expect(start >= ends[thread] ?? 0)
        ends[thread] = start + length
      case let phase: Issue.record("\(phase ?? "no phase") is not written")
      }
    }
    #expect(events.count { $0["ph"] as? String == "X" } == 5)
  }
}
