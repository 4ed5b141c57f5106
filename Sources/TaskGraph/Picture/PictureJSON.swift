// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes a picture as the data of a page: every task with its place, and the groups around it. Holds no
// markup; whatever others wrote is made visible first.

/// Writes the data that the page draws.
enum PictureJSON {
  /// The data as JSON that may stand inside a `script` element: it holds no `<`.
  static func render(_ picture: Picture) -> [UInt8] {
    let reduced = EdgeReduction.reduce(picture.tasks.map(\.before))
    let layout = PictureLayout(
      zip(picture.tasks, reduced).map { task, before in
        PictureLayout.Item(host: task.host, phase: task.phase, before: before)
      })
    var writer = JSONWriter(.pretty, reserving: picture.tasks.count * 512 + 1024)
    writer.object { writer in
      writer.member("kind", picture.kind.rawValue)
      writer.visible("goal", picture.goal)
      writer.visible("environment", picture.environment)
      writer.visible("run", picture.run)
      writer.member("outcome", picture.outcome)
      writer.visible("note", picture.note)
      writer.milliseconds("duration_ms", picture.duration)
      writer.milliseconds("critical_ms", picture.criticalTime)
      writer.member("guesses", picture.guesses)
      writer.visible("bound", picture.bound?.host ?? "")
      writer.milliseconds("bound_ms", picture.bound?.time ?? .zero)
      writer.key("critical")
      writer.line { $0.numbers(picture.criticalPath) }
      writer.key("causes")
      writer.array { writer in
        for cause in picture.causes {
          writer.line { writer in
            writer.object { writer in
              writer.visible("text", cause.text)
              writer.key("tasks")
              writer.numbers(cause.tasks)
            }
          }
        }
      }
      writer.write(layout)
      writer.key("tasks")
      writer.array { writer in
        for (position, task) in picture.tasks.enumerated() {
          writer.line { $0.write(task, arrows: reduced[position], layout, position) }
        }
      }
    }
    return harmless(writer.takeBytes())
  }

  /// `<` occurs in texts only, where it may be written as its number; so no text ends the element.
  private static func harmless(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0x3C) else { return bytes }
    var harmless: [UInt8] = []
    harmless.reserveCapacity(bytes.count + 64)
    for byte in bytes {
      if byte == 0x3C { harmless.append(contentsOf: "\\u003c".utf8) } else { harmless.append(byte) }
    }
    return harmless
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ layout: PictureLayout) {
    key("layout")
    line { writer in
      writer.object { writer in
        writer.member("down", layout.goesDown)
        writer.member("width", layout.width)
        writer.member("height", layout.height)
        writer.member("nodeWidth", PictureLayout.node.width)
        writer.member("nodeHeight", PictureLayout.node.height)
      }
    }
    key("bands")
    array { writer in
      for band in layout.bands {
        writer.line { writer in
          writer.object { writer in
            writer.visible("host", band.host ?? "")
            writer.write(band.box)
          }
        }
      }
    }
    key("clusters")
    array { writer in
      for cluster in layout.clusters {
        writer.line { writer in
          writer.object { writer in
            writer.member("band", cluster.band)
            writer.visible("phase", cluster.phase)
            writer.write(cluster.box)
          }
        }
      }
    }
  }

  private mutating func write(_ box: PictureLayout.Box) {
    key("box")
    numbers([box.x, box.y, box.width, box.height])
  }

  /// What a task does not have is left out: a page of many tasks stays small.
  fileprivate mutating func write(
    _ task: PictureTask, arrows: [Int], _ layout: PictureLayout, _ position: Int
  ) {
    object { writer in
      writer.visible("id", task.id.text)
      let label = TaskPlace(task.id).label
      if label != task.id.text { writer.visible("label", label) }
      writer.visible("kind", task.kind)
      writer.member("class", task.taskClass)
      writer.visible("phase", task.phase)
      if let host = task.host { writer.visible("host", host) }
      if let service = task.service { writer.visible("service", service) }
      if !task.pool.isEmpty { writer.visible("pool", task.pool) }
      writer.member("status", task.status.rawValue)
      writer.visible("reason", task.reason)
      if !task.changes.isEmpty {
        writer.key("changes")
        writer.array { writer in
          for change in task.changes { writer.write(change) }
        }
      }
      if !task.differences.isEmpty {
        writer.key("differences")
        writer.array { writer in
          for difference in task.differences { writer.write(difference) }
        }
      }
      if !task.inputs.isEmpty {
        writer.member("inputs", list: task.inputs.lazy.map(VisibleText.line))
      }
      writer.key("before")
      writer.numbers(task.before)
      if arrows != task.before {
        writer.key("arrows")
        writer.numbers(arrows)
      }
      if let expected = task.expected { writer.milliseconds("expected_ms", expected) }
      writer.key("at")
      writer.numbers([
        layout.corners[position].x, layout.corners[position].y, layout.clusterOf[position],
      ])
      writer.writeRun(task)
    }
  }

  private mutating func writeRun(_ task: PictureTask) {
    if let span = task.span {
      key("span_us")
      numbers([Int(span.start / 1000), Int(span.end / 1000)])
    }
    if let saved = task.saved { milliseconds("saved_ms", saved) }
    if let because = task.because { visible("because", because) }
    if let failure = task.failure {
      key("failure")
      object { writer in
        writer.visible("message", failure.message)
        if let hint = failure.hint { writer.visible("hint", hint) }
        if let command = failure.command { writer.visible("command", command) }
      }
    }
    if !task.log.isEmpty { member("log", VisibleText.lines(task.log)) }
  }

  private mutating func write(_ change: PictureTask.Change) {
    object { writer in
      writer.visible("kind", change.kind)
      writer.visible("name", change.name)
      if let old = change.old { writer.visible("old", old) }
      if let new = change.new { writer.visible("new", new) }
    }
  }

  fileprivate mutating func visible(_ name: String, _ text: String) {
    member(name, VisibleText.line(text))
  }

  fileprivate mutating func milliseconds(_ name: String, _ duration: Duration) {
    key(name)
    integer(DurationFormat.milliseconds(duration))
  }

  fileprivate mutating func numbers(_ values: [Int]) {
    array { writer in
      for value in values { writer.integer(Int64(value)) }
    }
  }
}
