// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes a report as JSON: what `--format json` prints and what summary.json holds. A pure function
// of the report.

/// Writes a report as JSON.
package enum ReportJSON {
  /// Raised when a member changes its meaning or goes away.
  package static let version = 1

  /// The whole object, ending with a line break; `extra` adds members of its own at the end.
  package static func render(
    _ report: RunReport, extra: (inout JSONWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var writer = JSONWriter(.pretty, reserving: report.entries.count * 160 + 256)
    writer.object { writer in
      writer.member("version", version)
      writer.member("run", report.id)
      writer.member("goal", report.goal)
      writer.member("status", status(report))
      writer.key("duration_ms")
      writer.integer(DurationFormat.milliseconds(report.duration))
      writer.key("counts")
      writer.line { $0.write(report.counts) }
      writer.key("tasks")
      writer.array { writer in
        for entry in report.entries { writer.line { $0.write(entry) } }
      }
      extra(&writer)
    }
    writer.endLine()
    return writer.takeBytes()
  }

  /// `ok`, `failed` or `interrupted`.
  package static func status(_ report: RunReport) -> String {
    report.wasInterrupted ? "interrupted" : report.isSuccess ? "ok" : "failed"
  }
}

extension JSONWriter {
  /// Writes how many tasks ended how.
  mutating func write(_ counts: RunReport.Counts) {
    object { writer in
      writer.member("executed", counts.executed)
      writer.member("reused", counts.reused)
      writer.member("failed", counts.failed)
      writer.member("skipped", counts.skipped)
      writer.member("cancelled", counts.cancelled)
      writer.key("saved_ms")
      writer.integer(DurationFormat.milliseconds(counts.saved))
    }
  }

  fileprivate mutating func write(_ entry: RunReport.Entry) {
    object { writer in
      writer.member("id", entry.id.text)
      writer.member("class", entry.taskClass.rawValue)
      writer.member("status", entry.outcome.word)
      writer.member("reason", ReasonFormat.text(entry.reason))
      writer.member("phase", entry.phase)
      writer.member("host", entry.host)
      writer.member("service", entry.service)
      writer.member("pool", entry.pool)
      writer.key("start_us")
      writer.integer(entry.start / 1000)
      writer.key("end_us")
      writer.integer(max(entry.start, entry.end) / 1000)
      writer.key("duration_ms")
      writer.integer(max(0, entry.end - entry.start) / 1_000_000)
      switch entry.outcome {
      case .failed(let error):
        writer.key("error")
        writer.write(error)
      case .skipped(let cause): writer.member("because", cause.text)
      case .reused(let saved, _):
        writer.key("saved_ms")
        writer.integer(DurationFormat.milliseconds(saved))
      case .executed, .cancelled: break
      }
    }
  }

  /// Writes why a task failed.
  package mutating func write(_ error: TaskError) {
    object { writer in
      writer.member("code", error.code.name)
      writer.member("message", error.message)
      writer.member("hint", error.hint)
      writer.member("command", error.command)
      writer.member("log", list: error.logTail)
    }
  }
}

extension TaskError.Code {
  /// The stable name of the code in JSON.
  package var name: String {
    switch self {
    case .exited: "exited"
    case .signaled: "signaled"
    case .programMissing: "program_missing"
    case .timedOut: "timed_out"
    case .fileMissing: "file_missing"
    case .files: "files"
    case .unavailable: "unavailable"
    case .locked: "locked"
    case .moved: "moved"
    case .superseded: "superseded"
    case .lockLost: "lock_lost"
    case .unexpectedAnswer: "unexpected_answer"
    case .input: "input"
    case .cancelled: "cancelled"
    case .invariant: "invariant"
    }
  }
}
