// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes the picture of a run as JSON for programs: what it came to, the critical path, and every task
// with its times. Logs are files of their own and stay there.

/// Writes the report of a run as JSON.
package enum PictureReport {
  /// Raised when a member changes its meaning or goes away.
  package static let version = 1

  /// The whole object, ending with a line break.
  package static func render(_ picture: Picture) -> [UInt8] {
    let counts = picture.counts
    var writer = JSONWriter(.pretty, reserving: picture.tasks.count * 200 + 512)
    writer.object { writer in
      writer.member("version", version)
      writer.member("run", picture.run)
      writer.member("goal", picture.goal)
      if !picture.environment.isEmpty { writer.member("environment", picture.environment) }
      writer.member("status", picture.outcome)
      writer.key("duration_ms")
      writer.integer(DurationFormat.milliseconds(picture.duration))
      writer.key("saved_ms")
      writer.integer(DurationFormat.milliseconds(picture.saved))
      writer.key("counts")
      writer.line { writer in
        writer.object { writer in
          for status in PictureTask.Status.allCases {
            if let count = counts[status] { writer.member(status.rawValue, count) }
          }
        }
      }
      writer.key("critical_ms")
      writer.integer(DurationFormat.milliseconds(picture.criticalTime))
      writer.member(
        "critical_path", list: picture.criticalPath.lazy.map { picture.tasks[$0].id.text })
      writer.key("tasks")
      writer.array { writer in
        for task in picture.tasks { writer.line { $0.write(task, of: picture) } }
      }
    }
    writer.endLine()
    return writer.takeBytes()
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ task: PictureTask, of picture: Picture) {
    object { writer in
      writer.member("id", task.id.text)
      writer.member("class", task.taskClass)
      writer.member("phase", task.phase)
      writer.member("host", task.host)
      writer.member("service", task.service)
      writer.member("pool", task.pool)
      writer.member("status", task.status.rawValue)
      writer.member("reason", task.reason)
      writer.member("dependsOn", list: task.before.lazy.map { picture.tasks[$0].id.text })
      if let span = task.span {
        writer.key("start_ms")
        writer.thousandths(span.start / 1000)
        writer.key("end_ms")
        writer.thousandths(span.end / 1000)
      }
      if let saved = task.saved {
        writer.key("saved_ms")
        writer.integer(DurationFormat.milliseconds(saved))
      }
      writer.failure(of: task)
    }
  }

  private mutating func failure(of task: PictureTask) {
    if let because = task.because { member("because", because) }
    guard let failure = task.failure else { return }
    key("error")
    object { writer in
      writer.member("message", failure.message)
      writer.member("hint", failure.hint)
      writer.member("command", failure.command)
    }
  }
}
