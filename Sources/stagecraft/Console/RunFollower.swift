// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Hands the events of one run to all that follow it: the display, the journal, the file of `--events`
// and the traces. The only place where events become bytes that leave the program.

import TaskGraph

/// Follows one run.
struct RunFollower {
  private let console: Console
  private var renderer: any RunRenderer
  private var journal: RunJournal?
  private var wall: Int64 = 0
  /// Whether what there was to say has been said by an event.
  private var isProven = false
  private let start = ContinuousClock.now
  /// The report, once the run has ended.
  private(set) var report: RunReport?

  init(_ console: Console, journal: RunJournal? = nil) {
    self.console = console
    self.journal = journal
    renderer = console.renderer()
  }

  /// Takes what came since the last look: at most one write for each reader.
  mutating func take(_ batch: EventChannel.Batch) {
    var text = ""
    var lines: [UInt8] = []
    for event in batch.events {
      if let warning = journal?.consume(event) { warn(warning, event.time, &text, &lines) }
      take(event, &text, &lines)
    }
    if let warning = journal?.flush() { warn(warning, 0, &text, &lines) }
    if let warning = console.eventFile?.write(lines) {
      text += renderer.consume(Event(.warning(nil, warning), time: 0))
    }
    if batch.isTick {
      let time = DurationFormat.nanoseconds(ContinuousClock.now - start)
      text += renderer.tick(at: time, size: StandardStream.error.size)
    }
    console.show(text)
  }

  /// Says what there is to say at the end.
  mutating func end() {
    console.show(renderer.end(size: StandardStream.error.size))
    guard let report else { return }
    if !isProven { console.show(renderer.summary(report, run: journal?.folder)) }
    console.addToJobSummary(report)
    console.traces?.add(report, wall: wall)
  }

  private mutating func take(_ event: Event, _ text: inout String, _ lines: inout [UInt8]) {
    if console.eventFile != nil { EventJSON.append(event, .all, to: &lines) }
    text += renderer.consume(event)
    switch event.kind {
    case .runStarted(_, _, _, let wall): self.wall = wall
    case .upToDate: isProven = true
    case .runFinished(let report): self.report = report
    default: break
    }
  }

  private mutating func warn(
    _ warning: String, _ time: Int64, _ text: inout String, _ lines: inout [UInt8]
  ) {
    take(Event(.warning(nil, warning), time: time), &text, &lines)
  }
}
