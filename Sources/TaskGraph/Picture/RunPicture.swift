// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Makes a picture of a run from its files: one that ended, one that is under way, one whose program was
// killed. Knows what the files mean; reads none itself but logs.

import Cache

extension Picture {
  /// How much of logs a picture holds, of one task and of all.
  private static let logOfOne = 32 * 1024
  private static let logOfAll = 2 * 1024 * 1024

  /// Pictures a run; `isRunning` tells one under way from one whose program ended before it did.
  package init(_ files: RunFiles, isRunning: Bool) {
    var tasks = Self.planned(files)
    var positions: [String: Int] = [:]
    for (position, task) in tasks.enumerated() { positions[task.id.text] = position }
    let end = Self.replay(files.lines, &tasks, &positions)
    if let summary = files.summary {
      for item in summary.tasks { Self.take(item, &tasks, &positions) }
    } else {
      for position in tasks.indices { tasks[position].settle(isRunning: isRunning, at: end) }
    }
    Self.attachLogs(files, &tasks)
    let goal =
      files.summary?.goal ?? files.plan?.goal
      ?? files.lines.lazy.compactMap(\.goal).first ?? ""
    self.init(
      .report, goal: goal, environment: files.plan?.environment ?? "", tasks: tasks)
    run = files.run
    outcome = files.summary?.status ?? (isRunning ? "running" : "unfinished")
    duration = files.summary?.duration_ms.map { .milliseconds($0) } ?? .nanoseconds(end)
    if files.plan == nil, tasks.count > 1 {
      note = "this run kept no plan: arrows are not known"
    }
  }

  /// The tasks as they were planned.
  private static func planned(_ files: RunFiles) -> [PictureTask] {
    var tasks: [PictureTask] = []
    var positions: [String: Int] = [:]
    for item in files.plan?.tasks ?? [] where positions[item.id] == nil {
      var task = PictureTask(id: TaskID(item.id), status: .waiting)
      task.kind = item.kind ?? ""
      task.taskClass = item.class ?? ""
      task.phase = item.phase ?? "tasks"
      task.host = item.host ?? task.host
      task.service = item.service ?? task.service
      task.pool = item.pool ?? ""
      task.reasonCode = item.reason?.code ?? ""
      task.reason = item.reason?.text ?? ""
      task.changes = (item.reason?.changes ?? []).map(PictureTask.Change.init)
      task.inputs = item.inputs ?? []
      task.before = (item.dependsOn ?? []).compactMap { positions[$0] }.sorted()
      task.expected = item.expected_ms.map { .milliseconds($0) }
      positions[item.id] = tasks.count
      tasks.append(task)
    }
    return tasks
  }

  /// Lets the events happen again; returns the time of the last, in nanoseconds.
  private static func replay(
    _ lines: [RunFiles.Line], _ tasks: inout [PictureTask], _ positions: inout [String: Int]
  ) -> Int64 {
    var end: Int64 = 0
    for line in lines {
      let time = line.t_us &* 1000
      end = max(end, time)
      guard let id = line.id, line.event == "started" || line.event == "finished" else { continue }
      let position = place(id, &tasks, &positions)
      switch line.reason {
      case .text(let text)?: tasks[position].reason = text
      case .whole(let reason)?:
        tasks[position].reasonCode = reason.code ?? ""
        tasks[position].reason = reason.text ?? ""
        tasks[position].changes = (reason.changes ?? []).map(PictureTask.Change.init)
      case nil: break
      }
      if line.event == "started" {
        tasks[position].status = .running
        tasks[position].span = PictureTask.Span(start: time, end: time)
      } else {
        tasks[position].take(word: line.status ?? "")
        if let span = tasks[position].span {
          tasks[position].span = PictureTask.Span(start: span.start, end: time)
        }
        if let error = line.error {
          tasks[position].failure = .init(message: error, hint: nil, command: nil)
        }
      }
    }
    return end
  }

  private static func place(
    _ id: String, _ tasks: inout [PictureTask], _ positions: inout [String: Int]
  ) -> Int {
    if let known = positions[id] { return known }
    var task = PictureTask(id: TaskID(id), status: .waiting)
    task.phase = "tasks"
    positions[id] = tasks.count
    tasks.append(task)
    return tasks.count - 1
  }

  private static func take(
    _ item: RunFiles.Summary.Item, _ tasks: inout [PictureTask],
    _ positions: inout [String: Int]
  ) {
    let position = place(item.id, &tasks, &positions)
    tasks[position].taskClass = item.class ?? tasks[position].taskClass
    tasks[position].phase = item.phase ?? tasks[position].phase
    tasks[position].host = item.host ?? tasks[position].host
    tasks[position].service = item.service ?? tasks[position].service
    tasks[position].pool = item.pool ?? tasks[position].pool
    tasks[position].take(word: item.status)
    if let reason = item.reason {
      // What was planned may be another reason than the one that counted.
      if reason != tasks[position].reason { tasks[position].changes = [] }
      tasks[position].reason = reason
    }
    if let start = item.start_us, let end = item.end_us {
      let ran = item.status == "executed" || item.status == "failed" || end > start
      tasks[position].span = ran ? .init(start: start * 1000, end: end * 1000) : nil
    }
    tasks[position].saved = item.saved_ms.map { .milliseconds($0) }
    tasks[position].because = item.because
    if let error = item.error {
      tasks[position].failure = .init(
        message: error.message ?? "", hint: error.hint, command: error.command)
      tasks[position].log = (error.log ?? []).joined(separator: "\n")
    }
  }

  /// Failed tasks first: what there is room for should be what is looked for.
  private static func attachLogs(_ files: RunFiles, _ tasks: inout [PictureTask]) {
    var room = logOfAll
    let order =
      tasks.indices.filter { tasks[$0].status == .failed }
      + tasks.indices.filter { tasks[$0].status != .failed && tasks[$0].span != nil }
    for position in order where room > 0 {
      guard let log = files.log(of: tasks[position].id, last: min(room, logOfOne)) else { continue }
      tasks[position].log = log
      room -= log.utf8.count
    }
  }
}

extension PictureTask {
  /// Takes the word of an outcome; one that is not known changes nothing.
  fileprivate mutating func take(word: String) {
    switch word {
    case "executed":
      let isLook = taskClass == "observe" || reasonCode == "always_observes"
      status = isLook ? .looked : .executed
    default: status = Status(rawValue: word) ?? status
    }
  }

  /// Ends what no event ended.
  fileprivate mutating func settle(isRunning: Bool, at end: Int64) {
    switch status {
    case .running:
      if let span { self.span = Span(start: span.start, end: max(span.start, end)) }
      if !isRunning {
        status = .cancelled
        reason = "was under way when the program ended"
      }
    case .waiting:
      if !isRunning {
        status = .skipped
        reason = "was not reached"
      }
    default: break
    }
  }
}

extension PictureTask.Change {
  fileprivate init(_ change: RunFiles.Plan.Change) {
    self.init(
      kind: change.kind, name: change.name, old: change.old.map(ReasonFormat.value),
      new: change.new.map(ReasonFormat.value))
  }
}
