// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one way out of the program: data to standard output, everything said to a person to standard
// error. Follows a run as the only consumer of its events.

import TaskGraph

/// Where all output goes.
struct Console: Sendable {
  /// For text on standard error.
  let style: Style
  /// For text on standard output.
  let dataStyle: Style
  let isVerbose: Bool
  /// Whether a terminal can show a block that changes.
  let isLive: Bool

  /// Looks at what reads the two streams and at the variables that speak of colour.
  init(color: Bool?, isVerbose: Bool, variable: (String) -> String?) {
    let isTerminal = StandardStream.error.isTerminal
    style = Style.decide(flag: color, isTerminal: isTerminal, variable: variable)
    dataStyle = Style.decide(
      flag: color, isTerminal: StandardStream.output.isTerminal, variable: variable)
    self.isVerbose = isVerbose
    let isCI = !(variable("CI") ?? "").isEmpty
    isLive = isTerminal && !isCI && variable("TERM") != "dumb"
  }

  /// Writes data; false where nobody reads any more.
  @discardableResult
  func data(_ bytes: [UInt8]) -> Bool { StandardStream.output.write(bytes) }

  /// Writes data; false where nobody reads any more.
  @discardableResult
  func data(_ text: String) -> Bool { StandardStream.output.write(text) }

  /// Says something in a line.
  func note(_ text: String) { StandardStream.error.write(text + "\n") }

  /// Says something that does not stop the command.
  func warning(_ text: String) { note(style(.caution, "warning") + ": " + text) }

  /// Says why the command could not be carried out.
  func failure(_ message: String, hint: String? = nil) {
    note(style(.bad, "error") + ": " + message)
    if let hint { note(style(.faint, "hint") + ": " + hint) }
  }

  /// Shows a run until its events end, writes its journal, and returns its report.
  ///
  /// Call it from a task that is not cancelled with the run, or the end of the run goes unseen.
  func follow(_ events: AsyncStream<Event>, journal: RunJournal? = nil) async -> RunReport? {
    let (inputs, continuation) = AsyncStream<Input>.makeStream()
    let isLive = self.isLive
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await event in events { continuation.yield(.event(event)) }
        continuation.finish()
      }
      if isLive {
        group.addTask {
          // Sleeping throws when the run is over and the group is cancelled: the end of the loop.
          do {
            while true {
              try await ContinuousClock().sleep(for: .milliseconds(100))
              continuation.yield(.tick)
            }
          } catch {}
        }
      }
      let report = await show(inputs, journal: journal)
      group.cancelAll()
      return report
    }
  }

  private enum Input: Sendable {
    case event(Event)
    case tick
  }

  private func show(_ inputs: AsyncStream<Input>, journal: RunJournal?) async -> RunReport? {
    var renderer: any RunRenderer =
      isLive
      ? LiveRenderer(style: style, isVerbose: isVerbose)
      : PlainRenderer(style: style, isVerbose: isVerbose)
    var journal = journal
    var report: RunReport?
    let start = ContinuousClock.now
    for await input in inputs {
      switch input {
      case .event(let event):
        if let warning = journal?.consume(event) {
          show(renderer.consume(Event(.warning(nil, warning), time: event.time)))
        }
        show(renderer.consume(event))
        if case .runFinished(let finished) = event.kind { report = finished }
      case .tick:
        let time = DurationFormat.nanoseconds(ContinuousClock.now - start)
        show(renderer.tick(at: time, size: StandardStream.error.size))
      }
    }
    show(renderer.end())
    if let report {
      show(SummaryPrinter(style: style).render(report, run: journal?.folder))
    }
    return report
  }

  private func show(_ text: String) {
    if text.isEmpty { return }
    TerminalCursor.note(text)
    StandardStream.error.write(text)
  }
}
