// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes runs as spans in the JSON encoding of OTLP: one span a run, below it one a task. A pure
// function of reports, settings and random numbers; no command, no log and no value is in it.

/// Writes spans.
package enum TraceSpans {
  /// What one run came to, and when it began.
  package struct Run: Sendable {
    package let report: RunReport
    /// Nanoseconds since 1970.
    package let wall: Int64

    /// Makes a run.
    package init(report: RunReport, wall: Int64) {
      self.report = report
      self.wall = wall
    }
  }

  /// More spans of tasks are left out, those that needed nothing first.
  package static let mostTasks = 5_000

  /// The body of a request for all runs of one command.
  package static func render(
    _ runs: [Run], _ settings: TraceSettings, version: String,
    random: inout some RandomNumberGenerator
  ) -> [UInt8] {
    let traceID = settings.parent?.traceID ?? hex(random.next()) + hex(random.next())
    var writer = JSONWriter(.compact, reserving: 4096)
    writer.object { writer in
      writer.list("resourceSpans") { writer in
        writer.key("resource")
        writer.object { writer in
          writer.attributes(settings.resource.map { ($0.name, .text($0.value)) })
        }
        writer.list("scopeSpans") { writer in
          writer.key("scope")
          writer.object { writer in
            writer.member("name", "stagecraft")
            writer.member("version", version)
          }
          writer.key("spans")
          writer.array { writer in
            for run in runs { writer.write(run, traceID, settings, &random) }
          }
        }
      }
    }
    return writer.takeBytes()
  }

  /// The entries that get spans, in their order.
  static func chosen(_ entries: [RunReport.Entry]) -> [RunReport.Entry] {
    guard entries.count > mostTasks else { return entries }
    let worthy = entries.indices.filter { !isQuiet(entries[$0]) }
    let quiet = entries.indices.filter { isQuiet(entries[$0]) }
    return (worthy + quiet).prefix(mostTasks).sorted().map { entries[$0] }
  }

  private static func isQuiet(_ entry: RunReport.Entry) -> Bool {
    switch entry.outcome {
    case .reused, .skipped, .cancelled: true
    case .executed, .failed: false
    }
  }

  static func hex(_ number: UInt64) -> String {
    // An identifier of zeros only is none.
    let digits = String(number | 1, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The value of an attribute.
private enum AttributeValue {
  case text(String)
  case number(Int)
}

extension JSONWriter {
  fileprivate mutating func write(
    _ run: TraceSpans.Run, _ traceID: String, _ settings: TraceSettings,
    _ random: inout some RandomNumberGenerator
  ) {
    let report = run.report
    let entries = TraceSpans.chosen(report.entries)
    let counts = report.counts
    let runID = TraceSpans.hex(random.next())
    span(
      "stagecraft \(report.goal)", traceID, runID, parent: settings.parent?.spanID,
      settings.traceState, from: run.wall,
      to: run.wall + DurationFormat.nanoseconds(report.duration),
      [
        ("stagecraft.run.id", .text(report.id)), ("stagecraft.goal", .text(report.goal)),
        ("stagecraft.status", .text(ReportJSON.status(report))),
        ("stagecraft.tasks.executed", .number(counts.executed)),
        ("stagecraft.tasks.hit", .number(counts.reused)),
        ("stagecraft.tasks.failed", .number(counts.failed)),
        ("stagecraft.tasks.skipped", .number(counts.skipped)),
        ("stagecraft.tasks.left_out", .number(report.entries.count - entries.count)),
      ], error: report.isSuccess ? nil : ReportJSON.status(report))
    for entry in entries {
      var attributes: [(String, AttributeValue)] = [
        ("stagecraft.task.class", .text(entry.taskClass.rawValue)),
        ("stagecraft.task.pool", .text(entry.pool)),
        ("stagecraft.task.outcome", .text(entry.outcome.word)),
        ("stagecraft.task.reason", .text(ReasonFormat.code(entry.reason))),
      ]
      if let host = RunOutline.place(of: entry.id)?.host {
        attributes.append(("stagecraft.host", .text(String(host))))
      }
      var error: String?
      if case .failed(let fault) = entry.outcome {
        attributes.append(("error.type", .text(fault.code.name)))
        error = fault.message
      }
      span(
        entry.id.text, traceID, TraceSpans.hex(random.next()), parent: runID, settings.traceState,
        from: run.wall + entry.start, to: run.wall + max(entry.start, entry.end), attributes,
        error: error)
    }
  }

  private mutating func span(
    _ name: String, _ traceID: String, _ id: String, parent: String?, _ state: String?,
    from start: Int64, to end: Int64, _ attributes: [(String, AttributeValue)], error: String?
  ) {
    object { writer in
      writer.member("traceId", traceID)
      writer.member("spanId", id)
      if let state { writer.member("traceState", state) }
      if let parent { writer.member("parentSpanId", parent) }
      writer.member("name", name)
      // Internal: no request of somebody else.
      writer.member("kind", 1)
      // Numbers of 64 bits are texts in this encoding.
      writer.member("startTimeUnixNano", String(start))
      writer.member("endTimeUnixNano", String(end))
      writer.attributes(attributes)
      if let error {
        writer.key("status")
        writer.object { writer in
          writer.member("code", 2)
          writer.member("message", error)
        }
      }
    }
  }

  fileprivate mutating func attributes(_ attributes: [(String, AttributeValue)]) {
    key("attributes")
    array { writer in
      for (name, value) in attributes {
        writer.object { writer in
          writer.member("key", name)
          writer.key("value")
          writer.object { writer in
            switch value {
            case .text(let text): writer.member("stringValue", text)
            case .number(let number): writer.member("intValue", String(number))
            }
          }
        }
      }
    }
  }

  /// A member that is a list of one object.
  fileprivate mutating func list(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    array { $0.object(body) }
  }
}
