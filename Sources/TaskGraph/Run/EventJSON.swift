// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes one event as one line of JSON, for events.jsonl. A pure function of the event; lines that
// tasks print are not here, because those have a log a task.

/// Writes events as lines of JSON.
package enum EventJSON {
  /// Adds the line for `event` to `bytes`; nothing for lines that a task printed.
  package static func append(_ event: Event, to bytes: inout [UInt8]) {
    if case .output = event.kind { return }
    var writer = JSONWriter(.compact, reserving: 192)
    writer.object { writer in
      writer.key("t_us")
      writer.integer(event.time / 1000)
      members(of: event.kind, in: &writer)
    }
    writer.endLine()
    bytes.append(contentsOf: writer.bytes)
  }

  private static func members(of kind: Event.Kind, in writer: inout JSONWriter) {
    switch kind {
    case .runStarted(let id, let goal, let tasks):
      writer.member("event", "run_started")
      writer.member("run", id)
      writer.member("goal", goal)
      writer.member("tasks", tasks)
    case .started(let id, let reason):
      writer.member("event", "started")
      writer.member("id", id.text)
      writer.key("reason")
      writer.write(reason)
    case .output: break
    case .retrying(let id, let attempt, let attempts, let pause, let error):
      writer.member("event", "retrying")
      writer.member("id", id.text)
      writer.member("attempt", attempt)
      writer.member("of", attempts)
      writer.key("pause_ms")
      writer.integer(DurationFormat.milliseconds(pause))
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
      if case .failed(let error) = outcome { writer.member("error", error.message) }
    case .runFinished(let report):
      writer.member("event", "run_finished")
      writer.member("status", ReportJSON.status(report))
    }
  }
}
