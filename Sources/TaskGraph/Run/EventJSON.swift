// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes one event as one line of JSON, for `--events`, `--progress json` and events.jsonl. A pure
// function of the event; what the members mean is in spec/schemas/events.schema.json.

/// Writes events as lines of JSON.
package enum EventJSON {
  /// Raised when a member changes its meaning or goes away.
  package static let version = 1
  /// A larger plan is left out: it would cost a reader more than it tells.
  package static let mostPlanned = 1_000

  /// Which events are written.
  package enum Scope: Sendable {
    /// All that happens.
    case all
    /// What no other file of the run's folder has: those have what tasks print, and the plan.
    case journal
  }

  /// Adds the line for `event` to `bytes`; nothing where `scope` leaves it out.
  package static func append(_ event: Event, _ scope: Scope, to bytes: inout [UInt8]) {
    switch event.kind {
    case .output, .planned, .message: if scope == .journal { return }
    default: break
    }
    if case .planned(let outline) = event.kind, outline.items.count > mostPlanned { return }
    var writer = JSONWriter(.compact, reserving: 192)
    writer.object { writer in
      writer.member("version", version)
      writer.key("t_us")
      writer.integer(event.time / 1000)
      members(of: event.kind, in: &writer)
    }
    writer.endLine()
    bytes.append(contentsOf: writer.bytes)
  }

  private static func members(of kind: Event.Kind, in writer: inout JSONWriter) {
    switch kind {
    case .runStarted(let id, let goal, let tasks, let wall):
      writer.member("event", "run_started")
      writer.member("run", id)
      writer.member("goal", goal)
      writer.member("tasks", tasks)
      writer.key("unix_ms")
      writer.integer(wall / 1_000_000)
    case .planned(let outline):
      writer.member("event", "planned")
      writer.key("tasks")
      writer.array { writer in
        for item in outline.items { writer.write(item, among: outline.items) }
      }
    case .started(let id, let reason):
      writer.member("event", "started")
      writer.member("id", id.text)
      writer.key("reason")
      writer.write(reason)
    case .output(let id, let line, let stream, let replayed):
      writer.member("event", "output")
      writer.member("id", id.text)
      writer.member("stream", stream.rawValue)
      writer.member("line", line)
      writer.member("replayed", replayed)
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      writer.member("event", "retrying")
      writer.member("id", id.text)
      writer.member("attempt", attempt)
      writer.member("of", attempts)
      writer.member("pause_ms", milliseconds: pause)
      writer.member("error", error.message)
    case .warning(let id, let text):
      writer.member("event", "warning")
      writer.member("id", id?.text)
      writer.member("text", text)
    case .finished(let id, let outcome, let reason):
      writer.member("event", "finished")
      writer.member("id", id.text)
      writer.member("status", outcome.word)
      writer.member("reason", ReasonFormat.text(reason))
      writer.members(of: outcome)
    case .upToDate(let text):
      writer.member("event", "up_to_date")
      writer.member("text", text)
    case .runFinished(let report):
      writer.member("event", "run_finished")
      writer.member("status", ReportJSON.status(report))
      writer.member("duration_ms", milliseconds: report.duration)
      writer.key("counts")
      writer.write(report.counts)
    case .message(let message):
      writer.member("event", "message")
      writer.member("level", message.level.rawValue)
      writer.member("text", message.text)
      writer.member("hint", message.hint)
      writer.key("place")
      if let place = message.place { writer.write(place) } else { writer.null() }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func members(of outcome: Outcome) {
    switch outcome {
    case .executed(let duration): member("duration_ms", milliseconds: duration)
    case .reused(let saved, let restored):
      member("saved_ms", milliseconds: saved)
      member("restored", restored)
    case .failed(let error):
      member("error", error.message)
      member("code", error.code.name)
      member("hint", error.hint)
      member("command", error.command)
    case .skipped(let cause): member("because", cause.text)
    case .cancelled: break
    }
  }

  fileprivate mutating func write(_ place: Message.Place) {
    object { writer in
      writer.member("file", place.file)
      writer.member("line", place.line)
      writer.member("column", place.column)
    }
  }

  fileprivate mutating func write(_ item: RunOutline.Item, among items: [RunOutline.Item]) {
    object { writer in
      writer.member("id", item.id.text)
      writer.member("class", item.taskClass.rawValue)
      writer.member("phase", item.phase)
      writer.member("pool", item.pool.name)
      writer.member("host", item.place.map { String($0.host) })
      writer.member("needs", list: item.needs.lazy.map { items[Int($0)].id.text })
      writer.key("expected_ms")
      if let expected = item.expected {
        writer.integer(expected / 1_000_000)
      } else {
        writer.null()
      }
    }
  }

  fileprivate mutating func member(_ name: String, milliseconds duration: Duration) {
    key(name)
    integer(DurationFormat.milliseconds(duration))
  }
}
