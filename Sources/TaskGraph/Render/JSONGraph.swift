// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes a plan as JSON for programs: one object with a version, one task a line. A function of the
// entries alone; hands out pieces, so that a million tasks need no second copy.

package import Cache

/// Writes a plan as JSON.
package enum JSONGraph {
  /// Raised when a member changes its meaning or goes away.
  package static let version = 1

  private static let piece = 1 << 20

  /// The whole text, ending with a line break.
  package static func render(
    _ entries: [PlanEntry], goal: String, environment: String = ""
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    write(entries, goal: goal, environment: environment) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Who waits for whom alone: what stands in the folder of a run that was too large to be planned.
  static func render(_ graph: Graph, goal: String, environment: String) -> [UInt8] {
    var writer = JSONWriter(.pretty, reserving: graph.nodes.count * 192 + 256)
    writer.object { writer in
      writer.head(goal, environment)
      writer.array { writer in
        for node in graph.nodes {
          writer.line { writer in
            writer.object { writer in
              writer.member("id", node.id.text)
              writer.member("class", node.taskClass.rawValue)
              writer.member("phase", node.policy.phase)
              writer.member("pool", node.policy.pool.name)
              writer.member("host", node.policy.host)
              writer.member("service", node.policy.service)
              let before = node.dependencies.lazy.map { graph.nodes[Int($0)].id.text }
              writer.member("dependsOn", list: before)
            }
          }
        }
      }
    }
    writer.endLine()
    return writer.takeBytes()
  }

  /// Hands the text to `sink` in pieces of about a megabyte.
  package static func write<Failure: Error>(
    _ entries: [PlanEntry], goal: String, environment: String = "",
    to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var writer = JSONWriter(.pretty, reserving: min(piece * 2, entries.count * 512 + 256))
    try writer.object { (writer) throws(Failure) in
      writer.head(goal, environment)
      try writer.array { (writer) throws(Failure) in
        for entry in entries {
          writer.line { $0.write(entry) }
          if writer.bytes.count >= piece { try sink(writer.takeBytes()) }
        }
      }
      let updates = ImageUpdates.all(entries)
      if !updates.isEmpty {
        writer.key("updates")
        writer.array { writer in
          for update in updates { writer.line { $0.write(update) } }
        }
      }
      writer.key("forecast")
      writer.line { $0.write(Forecast(entries)) }
    }
    writer.endLine()
    try sink(writer.takeBytes())
  }
}

extension JSONWriter {
  /// What comes before the tasks.
  fileprivate mutating func head(_ goal: String, _ environment: String) {
    member("version", JSONGraph.version)
    member("goal", goal)
    if !environment.isEmpty { member("environment", environment) }
    key("tasks")
  }

  /// Writes one task of a plan.
  mutating func write(_ entry: PlanEntry) {
    object { writer in
      writer.member("id", entry.id.text)
      writer.member("kind", entry.kind)
      writer.member("class", entry.taskClass.rawValue)
      writer.member("phase", entry.phase)
      writer.member("pool", entry.pool.name)
      writer.member("host", entry.host)
      writer.member("service", entry.service)
      writer.member("status", entry.status.rawValue)
      writer.key("reason")
      writer.write(entry.reason)
      writer.member("dependsOn", list: entry.dependsOn.sortedIfNeeded().lazy.map(\.text))
      writer.member("inputs", list: entry.inputs)
      writer.key("expected_ms")
      if let expected = entry.expected {
        writer.integer(DurationFormat.milliseconds(expected))
      } else {
        writer.null()
      }
      writer.key("differences")
      writer.array { writer in
        for difference in entry.differences { writer.write(difference) }
      }
    }
  }

  /// Writes what an effect would change; null stands for what is not there.
  package mutating func write(_ difference: Difference) {
    object { writer in
      writer.member("kind", difference.subject.rawValue)
      writer.member("name", difference.name)
      writer.member("old", difference.old)
      writer.member("new", difference.new)
    }
  }

  /// Writes a forecast.
  mutating func write(_ forecast: Forecast) {
    object { writer in
      writer.key("duration_ms")
      writer.integer(DurationFormat.milliseconds(forecast.duration))
      writer.member("guesses", forecast.guesses)
      writer.member("critical_path", list: forecast.criticalPath.map(\.text))
      writer.member("host", forecast.host)
      writer.key("host_ms")
      writer.integer(DurationFormat.milliseconds(forecast.hostShare))
    }
  }

  /// Writes a reason: its code, its words and what changed.
  package mutating func write(_ reason: Reason) {
    object { writer in
      writer.member("code", ReasonFormat.code(reason))
      writer.member("text", ReasonFormat.text(reason))
      writer.key("changes")
      writer.array { writer in
        guard case .changed(let changes) = reason else { return }
        for change in changes { writer.write(change) }
      }
    }
  }

  /// Writes a change with both values.
  package mutating func write(_ change: Manifest.Change) {
    object { writer in
      writer.member("kind", change.field.word)
      writer.member("name", change.name)
      writer.member("old", change.old)
      writer.member("new", change.new)
    }
  }
}

extension [TaskID] {
  /// Sorted by name; most lists hold one name or none, and those cost nothing.
  func sortedIfNeeded() -> [TaskID] { count > 1 ? sorted() : self }
}
