// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves how the live display lays out a run: the bar and its time, hosts, and what gives way where
// there is no room.

import TaskGraph
import Testing

@testable import stagecraft

struct LiveBlockTests {
  private func item(_ id: String, _ expected: Int64?, after needs: [Int32] = []) -> RunOutline.Item
  {
    RunOutline.Item(
      id: TaskID(id), taskClass: .effect, phase: "rollout", pool: Pool("ssh", capacity: 8),
      needs: needs, expected: expected.map { $0 * 1_000_000_000 })
  }

  private func renderer(_ items: [RunOutline.Item], _ events: [Event]) -> LiveRenderer {
    var renderer = LiveRenderer(style: .plain, isVerbose: false)
    let start = Event.Kind.runStarted(id: "r", goal: "deploy", tasks: items.count)
    for event in [Event(start, time: 0), Event(.planned(RunOutline(items)), time: 0)] + events {
      _ = renderer.consume(event)
    }
    return renderer
  }

  /// The lines of the next frame, without what steers the terminal.
  private func lines(
    _ renderer: inout LiveRenderer, at seconds: Int64, _ columns: Int = 80, _ lines: Int = 24
  ) -> [String] {
    renderer.tick(
      at: seconds * 1_000_000_000, size: StandardStream.Size(columns: columns, lines: lines)
    ).split(separator: "\n").map { TerminalText.sanitized(String($0)) }.filter { !$0.isEmpty }
  }

  private func started(_ id: String, _ second: Int64 = 0) -> Event {
    Event(.started(TaskID(id), .neverRan), time: second * 1_000_000_000)
  }

  private func ended(_ id: String, _ outcome: Outcome = .executed(.seconds(1))) -> Event {
    Event(.finished(TaskID(id), outcome, .neverRan), time: 0)
  }

  @Test func `what remains is the longest path, said with its bar`() {
    var renderer = renderer(
      [item("a", 20), item("b", 10, after: [0]), item("c", 5)], [started("a"), started("c")])
    #expect(
      lines(&renderer, at: 3).first
        == "[0/3] ━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 2 running, 3.0 s, about 25 s left")
  }

  @Test func `the bar waits where the estimate was wrong, and never goes back`() {
    var renderer = renderer([item("a", 10), item("b", 10, after: [0])], [started("a")])
    func full(at seconds: Int64) -> Int {
      lines(&renderer, at: seconds).first { $0.hasPrefix("[") }?.filter { $0 == "━" }.count ?? -1
    }
    let early = full(at: 9)
    #expect(early > 0)
    var last = early
    for second: Int64 in [10, 12, 30] {
      let now = full(at: second)
      #expect(now >= last)
      last = now
    }
    _ = renderer.consume(ended("a"))
    _ = renderer.consume(started("b", 31))
    #expect(full(at: 31) >= last)
  }

  @Test func `a task that never ran makes the time a least one, and a first run has none`() {
    var some = renderer([item("a", 20), item("b", nil, after: [0])], [started("a")])
    #expect(lines(&some, at: 1).first?.hasSuffix("1 running, 1.0 s, over 20 s left") == true)
    var first = renderer([item("a", nil), item("b", nil)], [started("a")])
    #expect(lines(&first, at: 1).first?.hasSuffix("╌ 1 running, 1.0 s") == true)
  }

  private var fleet: [RunOutline.Item] {
    [item("image/api/build", nil)]
      + ["web-1", "web-2", "web-3", "db"].flatMap { host in
        ["facts", "upload", "rollout/api/start"].map { item("host/\(host)/\($0)", nil) }
      }
  }

  private var fleetEvents: [Event] {
    [
      started("image/api/build"), started("host/web-1/facts"), ended("host/web-1/facts"),
      started("host/web-1/rollout/api/start"),
      Event(
        .output(
          TaskID("host/web-1/rollout/api/start"), line: "waiting for health", .output,
          replayed: false), time: 0),
      ended("host/web-2/facts"), ended("host/web-2/upload"), ended("host/web-2/rollout/api/start"),
      ended("host/web-3/facts", .failed(Samples.failure)),
      ended("host/web-3/upload", .skipped(because: TaskID("host/web-3/facts"))),
    ]
  }

  @Test func `a deploy has a line a host with its step and count, and its task below`() {
    var renderer = renderer(fleet, fleetEvents)
    #expect(
      lines(&renderer, at: 2).suffix(7) == [
        "[6/13] ━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1 failed, 2 running, 2.0 s",
        "  image/api/build  2.0 s",
        "  web-1  1/3  rollout",
        "    rollout/api/start  2.0 s  waiting for health",
        "  web-2  3/3  done",
        "  web-3  2/3  failed",
        "  db     0/3  waiting",
      ])
  }

  @Test func `in a low window a task stands in the line of its host`() {
    var renderer = renderer(fleet, fleetEvents)
    #expect(
      lines(&renderer, at: 2, 80, 8).suffix(5) == [
        "  image/api/build  2.0 s",
        "  web-1  1/3  rollout/api/start  2.0 s  waiting for health",
        "  web-2  3/3  done",
        "  web-3  2/3  failed",
        "  db     0/3  waiting",
      ])
  }

  @Test func `where hosts do not fit, those where something happens are shown`() {
    let many = fleet + (4...40).map { item("host/web-\($0)/facts", nil) }
    var renderer = renderer(many, fleetEvents + [ended("host/web-9/facts")])
    #expect(
      lines(&renderer, at: 2, 80, 8).suffix(5) == [
        "  image/api/build  2.0 s",
        "  web-1  1/3  rollout/api/start  2.0 s  waiting for health",
        "  web-2  3/3  done",
        "  web-3  2/3  failed",
        "  … 38 more hosts: 37 waiting, 1 done",
      ])
  }

  @Test(arguments: [8, 12, 20, 40, 80], [4, 6, 10, 24])
  func `no frame is wider or higher than the window`(columns: Int, height: Int) {
    var renderer = renderer(
      fleet, fleetEvents + fleet.dropFirst().map { started($0.id.text) })
    let frame = lines(&renderer, at: 2, columns, height).filter { !$0.hasPrefix("✗ [") }
    #expect(frame.filter { $0.hasPrefix("[") || $0.hasPrefix(" ") }.count < height)
    for line in frame where line.hasPrefix("[6/13]") || line.hasPrefix(" ") {
      #expect(TerminalText.width(line) < columns, "\(line)")
    }
  }
}
