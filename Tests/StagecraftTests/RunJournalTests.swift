// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what a run leaves on disk, and that a disk that refuses costs a warning and nothing else.

import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import TaskGraph

struct RunJournalTests {
  private let folder: TemporaryFolder
  private var state: FilePath { FilePath(folder.path).appending(".stagecraft") }

  init() throws { folder = try TemporaryFolder() }

  private func play(_ events: [Event], run: String = "run-1", plan: [PlanEntry] = []) -> [String] {
    var journal = RunJournal(in: state, plan: plan)
    let start = Event(.runStarted(id: run, goal: "build", tasks: 2), time: 0)
    return ([start] + events).compactMap { journal.consume($0) }
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: state.appending("runs").string + "/" + path, encoding: .utf8)
  }

  private let ran: [Event] = {
    let report = Samples.report([
      Samples.line("a/b", .executed(.seconds(1)), .neverRan, from: 0, to: 1000),
      Samples.line("c", .failed(Samples.failure), .neverRan, from: 500, to: 700),
    ])
    return [
      Event(.started(TaskID("a/b"), .neverRan), time: 1000),
      Event(.output(TaskID("a/b"), line: "hello", .output, replayed: false), time: 2000),
      Event(.finished(TaskID("a/b"), .executed(.seconds(1)), .neverRan), time: 3000),
      Event(.finished(TaskID("c"), .failed(Samples.failure), .neverRan), time: 4000),
      Event(.runFinished(report), time: 5000),
    ]
  }()

  @Test func `a run leaves its plan, events, logs, summary and trace`() throws {
    #expect(play(ran, plan: Samples.plan).isEmpty)
    #expect(try text("run-1/logs/a%2Fb.log") == "hello\n")
    #expect(
      try text("run-1/plan.json").utf8.elementsEqual(
        JSONGraph.render(Samples.plan, goal: "build")))
    #expect(
      try text("run-1/events.jsonl") == """
        {"version":1,"t_us":0,"event":"run_started","run":"run-1","goal":"build","tasks":2,\
        "unix_ms":0}
        {"version":1,"t_us":1,"event":"started","id":"a/b","reason":{"code":"never_ran",\
        "text":"never ran here","changes":[]}}
        {"version":1,"t_us":3,"event":"finished","id":"a/b","status":"executed",\
        "reason":"never ran here","duration_ms":1000}
        {"version":1,"t_us":4,"event":"finished","id":"c","status":"failed",\
        "reason":"never ran here","error":"the command ended with status 2","code":"exited",\
        "hint":"read the log","command":"make all"}
        {"version":1,"t_us":5,"event":"run_finished","status":"failed","duration_ms":1234,\
        "counts":{"executed":1,"reused":0,"failed":1,"skipped":0,"cancelled":0,"saved_ms":0}}

        """)
    let summary = try #require(
      try JSONSerialization.jsonObject(with: Data(text("run-1/summary.json").utf8))
        as? [String: Any])
    #expect(summary["status"] as? String == "failed")
    #expect((summary["tasks"] as? [Any])?.count == 2)
  }

  @Test func `a run in which nothing ran leaves no folder`() {
    let hit = Outcome.reused(saved: .seconds(1), restored: 0)
    let warnings = play([
      Event(.started(TaskID("look"), .alwaysObserves), time: 1),
      Event(.finished(TaskID("look"), .executed(.zero), .alwaysObserves), time: 2),
      Event(.finished(TaskID("a"), hit, .unchanged), time: 3),
      Event(
        .runFinished(Samples.report([Samples.line("a", hit, .unchanged, from: 0, to: 0)])), time: 4),
    ])
    #expect(warnings.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: state.string))
  }

  @Test func `what is in memory is on disk after a flush, while the run goes on`() throws {
    var journal = RunJournal(in: state)
    _ = journal.consume(Event(.runStarted(id: "run-1", goal: "build", tasks: 2), time: 0))
    #expect(journal.flush() == nil)
    #expect(!FileManager.default.fileExists(atPath: state.string))
    _ = journal.consume(ran[0])
    #expect(journal.flush() == nil)
    #expect(try text("run-1/events.jsonl").hasSuffix("\"changes\":[]}}\n"))
  }

  @Test func `the newest twenty runs are kept`() throws {
    for number in 0..<23 {
      #expect(play(ran, run: "run-\(number)").isEmpty)
    }
    let kept = RunFolders.newestFirst(in: state.appending("runs")).compactMap(
      \.lastComponent?.string)
    #expect(Set(kept) == Set((3..<23).map { "run-\($0)" }))
  }

  @Test func `a log longer than a piece keeps its order`() throws {
    let lines = (0..<20_000).map { "line \($0)" }
    var events = [Event(.started(TaskID("a"), .neverRan), time: 0)]
    events += lines.map {
      Event(.output(TaskID("a"), line: $0, .output, replayed: false), time: 0)
    }
    events.append(Event(.finished(TaskID("a"), .executed(.zero), .neverRan), time: 0))
    #expect(play(events).isEmpty)
    #expect(try text("run-1/logs/a.log") == lines.map { $0 + "\n" }.joined())
  }

  @Test func `a folder that cannot be made is one warning`() throws {
    try Data().write(to: URL(fileURLWithPath: state.string))
    let warnings = play(ran)
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("this run is not recorded: cannot create directory") == true)
  }

  @Test func `names of logs stay apart and below the folder`() {
    let names = ["a/b", "a_b", "../x", ".", "a%2Fb", String(repeating: "x", count: 300), "ä"]
      .map { TaskLog.fileName(of: TaskID($0)) }
    #expect(Set(names).count == names.count)
    #expect(names[2] == "%2E.%2Fx.log")
    #expect(names.allSatisfy { !$0.contains("/") && !$0.hasPrefix(".") && $0.utf8.count <= 255 })
  }

  @Test func `the trace gives each place in a pool a row`() throws {
    let report = Samples.report([
      Samples.line("a", .executed(.zero), .neverRan, from: 0, to: 10),
      Samples.line("b", .executed(.zero), .neverRan, from: 5, to: 15),
      Samples.line("c", .executed(.zero), .neverRan, from: 10, to: 12),
    ])
    let lanes = ChromeTrace.assignLanes(report.entries)
    #expect(lanes.numbers == [1, 2, 1])
    #expect(lanes.names == ["cpu 1", "cpu 2"])
    let trace = try #require(
      try JSONSerialization.jsonObject(with: Data(ChromeTrace.render(report))) as? [String: Any])
    let events = try #require(trace["traceEvents"] as? [[String: Any]])
    #expect(events.count == 6)
    #expect(events.last?["ts"] as? Double == 10_000)
    #expect(events.last?["dur"] as? Double == 2000)
  }
}
