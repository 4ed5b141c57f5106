// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes the answer to `why` as JSON. A pure function of the answer.

import Planning
import TaskGraph

/// Writes the answer to `why` as JSON.
enum WhyJSON {
  /// Raised when a member changes its meaning or goes away.
  static let version = 1

  static func render(_ answer: WhyAnswer) -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.object { writer in
      writer.member("version", version)
      switch answer {
      case .task(let task):
        writer.key("task")
        write(task, to: &writer)
      case .host(let host):
        writer.key("host")
        write(host, to: &writer)
      }
    }
    writer.endLine()
    return writer.bytes
  }

  private static func write(_ task: TaskExplanation, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", task.id.text)
      writer.member("looksOnly", task.isObservation)
      switch task.moment {
      case .ran(let run, let outcome):
        writer.member("run", run)
        writer.member("outcome", outcome)
      case .found(let run):
        writer.member("run", run)
        writer.member("outcome", "hit")
      case .now(let status): writer.member("status", status.rawValue)
      }
      writer.key("reason")
      writer.write(task.reason)
      writer.key("because")
      writer.array { writer in
        for above in task.upstream { write(above, to: &writer) }
      }
    }
  }

  private static func write(_ host: HostExplanation, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", host.host)
      writer.member("environment", host.environment)
      writer.member("roles", list: host.roles)
      writer.key("release")
      if let release = host.release { release.write(to: &writer) } else { writer.null() }
      writer.member("changedBy", host.changedBy?.id)
      writer.member("previous", host.previous?.id)
      writer.key("unfinished")
      writer.array { writer in
        for (release, status) in host.unfinished {
          writer.object { writer in
            writer.member("release", release.id)
            writer.member("status", status.rawValue)
          }
        }
      }
      writer.key("effects")
      writer.array { writer in
        for effect in host.effects { write(effect, to: &writer) }
      }
    }
  }
}
