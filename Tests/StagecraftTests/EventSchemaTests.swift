// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves with a JSON schema validator that every event is as the published schema says, and that the
// schema refuses what is not.

import Foundation
import TaskGraph
import TestSupport
import Testing

@testable import stagecraft

struct EventSchemaTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func faults(_ lines: [String], accepts: Bool = true) throws -> String {
    try SchemaCheck(published: "events.schema.json").faults(
      lines.enumerated().map {
        SchemaCheck.Case("line \($0.offset)", json: $0.element, accepts: accepts)
      })
  }

  /// One event of every kind, and of every outcome.
  private static let events: [Event.Kind] = [
    .runStarted(id: "run-1", goal: "build", tasks: 4, wall: 1_795_606_703_019_000_000),
    .planned(
      RunOutline([
        RunOutline.Item(
          id: TaskID("gen"), taskClass: .pure, phase: "tasks", pool: .cpu(2), needs: [],
          expected: nil),
        RunOutline.Item(
          id: TaskID("host/web-1/upload"), taskClass: .effect, phase: "rollout",
          pool: Pool("ssh:web-1", capacity: 4), needs: [0], expected: 1_500_000_000),
      ])),
    .started(TaskID("gen"), .changed(Samples.changes)),
    .output(TaskID("gen"), line: "\u{1B}[31m\"red\"\u{0}", .error, replayed: false),
    .retrying(TaskID("gen"), attempt: 2, of: 3, after: .seconds(2), Samples.failure),
    .warning(nil, "the cache cannot be written"), .warning(TaskID("gen"), "odd"),
    .finished(TaskID("gen"), .executed(.seconds(1)), .neverRan),
    .finished(TaskID("gen"), .reused(saved: .seconds(1), restored: 2), .cached),
    .finished(TaskID("gen"), .failed(Samples.failure), .neverRan),
    .finished(TaskID("gen"), .failed(TaskError(.invariant, "no")), .neverRan),
    .finished(TaskID("gen"), .skipped(because: TaskID("lint")), .neverRan),
    .finished(TaskID("gen"), .cancelled, .neverRan),
    .upToDate("nothing to do"), .runFinished(Samples.report([])),
    .message(Message(.note, "n")),
    .message(
      Message(
        .error, "unknown key", hint: "did you mean `run`?",
        place: Message.Place(file: "stagecraft.yml", line: 3, column: 10))),
  ]

  private static var lines: [String] {
    events.map { String(JSONRenderer.line(Event($0, time: 7_000)).dropLast()) }
  }

  @Test func `every kind of event is as the schema says`() throws {
    #expect(try faults(Self.lines) == "")
  }

  @Test func `a line that lacks a member, or has another version, is refused`() throws {
    var broken: [String] = []
    for line in Self.lines {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for name in object.keys {
        var less = object
        less[name] = nil
        broken.append(
          String(decoding: try JSONSerialization.data(withJSONObject: less), as: UTF8.self))
      }
      broken.append(line.replacing("\"version\":1", with: "\"version\":2"))
    }
    #expect(broken.count > 50)
    #expect(try faults(broken, accepts: false) == "")
  }

  @Test func `what the golden cases print is as the schema says`() throws {
    let cases = Self.root.appendingPathComponent("Tests/StagecraftTests/Cases/progress")
    var lines: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: cases.path) {
      for file in ["expected.out", "expected.err"] {
        let path = cases.appendingPathComponent("\(name)/\(file)")
        guard FileManager.default.fileExists(atPath: path.path) else { continue }
        lines += try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
          .map(String.init).filter { $0.hasPrefix("{\"version\"") }
      }
    }
    #expect(lines.count > 40)
    #expect(try faults(lines) == "")
  }

  @Test func `a larger plan is left out, and the journal leaves out what other files have`() {
    let item = RunOutline.Item(
      id: TaskID("t"), taskClass: .pure, phase: "tasks", pool: .light, needs: [], expected: 0)
    func bytes(_ kind: Event.Kind, _ scope: EventJSON.Scope) -> Int {
      var bytes: [UInt8] = []
      EventJSON.append(Event(kind, time: 0), scope, to: &bytes)
      return bytes.count
    }
    #expect(bytes(.planned(RunOutline([item])), .all) > 0)
    #expect(bytes(.planned(RunOutline([item])), .journal) == 0)
    #expect(bytes(.planned(RunOutline(Array(repeating: item, count: 1001))), .all) == 0)
    #expect(bytes(.output(TaskID("t"), line: "x", .output, replayed: false), .journal) == 0)
    #expect(bytes(.warning(nil, "x"), .journal) > 0)
  }
}
