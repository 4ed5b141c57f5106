// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one way out of the program: data to standard output, everything said to a person to standard
// error, in the form that was asked for. Follows a run as the only consumer of its events.

import Planning
import SystemPackage
import TaskGraph

/// Where all output goes.
struct Console: Sendable {
  /// For text on standard error.
  let style: Style
  /// For text on standard output.
  let dataStyle: Style
  let isVerbose: Bool
  /// How standard error is written; never `auto`.
  let progress: ProgressMode
  /// Where `--events` writes; nil without it.
  let eventFile: EventFile?
  /// What is sent to OpenTelemetry; nil where nobody asks for it.
  let traces: Traces?
  /// The job of GitHub Actions that this program is a part of.
  let job: GitHubActions

  /// Looks at what reads the two streams and at the variables that speak of colour.
  init(
    color: Bool?, isVerbose: Bool, progress: ProgressMode = .auto, eventFile: EventFile? = nil,
    traces: Traces? = nil, variable: (String) -> String?
  ) {
    let isTerminal = StandardStream.error.isTerminal
    self.progress = ProgressMode.decide(progress, isTerminal: isTerminal, variable: variable)
    style =
      self.progress == .json
      ? .plain : Style.decide(flag: color, isTerminal: isTerminal, variable: variable)
    dataStyle = Style.decide(
      flag: color, isTerminal: StandardStream.output.isTerminal, variable: variable)
    self.isVerbose = isVerbose
    self.eventFile = eventFile
    self.traces = traces
    job = GitHubActions(
      directory: try? ProcessVariables.currentDirectory(), variable: variable)
  }

  // MARK: Data

  /// Writes data; false where nobody reads any more.
  ///
  /// Where events have standard output to themselves, what is meant for people goes to them.
  @discardableResult
  func data(_ bytes: [UInt8]) -> Bool {
    guard eventFile?.isStandardOutput == true else { return StandardStream.output.write(bytes) }
    note(String(decoding: bytes, as: UTF8.self).trimmingEnd())
    return true
  }

  /// Writes data; false where nobody reads any more.
  @discardableResult
  func data(_ text: String) -> Bool { data(Array(text.utf8)) }

  // MARK: Messages

  /// Says something in a line.
  func note(_ text: String) { say(Message(.note, text), as: text) }

  /// Says something that does not stop the command.
  func warning(_ text: String) {
    say(Message(.warning, text), as: style(.caution, "warning") + ": " + text)
  }

  /// Says why the command could not be carried out.
  func failure(_ message: String, hint: String? = nil) {
    var text = style(.bad, "error") + ": " + message
    if let hint { text += "\n" + style(.faint, "hint") + ": " + hint }
    say(Message(.error, message, hint: hint), as: text)
  }

  /// Says what is wrong with files.
  func diagnostics(_ diagnostics: [Diagnostic], sources: [SourceFile] = []) {
    let text = DiagnosticPrinter(style: style).render(diagnostics, sources: sources)
    for diagnostic in diagnostics { tell(diagnostic.said) }
    switch progress {
    case .json: break
    case .github:
      // The lines at fault are worth reading in the log; the annotation stands in the changed file.
      show(text + diagnostics.map { WorkflowCommand.annotation(job.located($0.said)) }.joined())
    case .auto, .live, .plain: show(text)
    }
  }

  private func say(_ message: Message, as text: String) {
    tell(message)
    switch progress {
    case .json: break
    case .github where message.level != .note: show(WorkflowCommand.annotation(message))
    case .auto, .live, .plain, .github: show(text + "\n")
    }
  }

  /// Tells programs.
  private func tell(_ message: Message) {
    let event = Event(.message(message), time: 0)
    if progress == .json { show(JSONRenderer.line(event)) }
    var line: [UInt8] = []
    EventJSON.append(event, .all, to: &line)
    if let warning = eventFile?.write(line) { self.warning(warning) }
  }

  // MARK: Runs

  /// Shows a run until its events end, writes its journal, and returns its report.
  func follow(_ events: EventChannel, journal: RunJournal? = nil) async -> RunReport? {
    await withTaskGroup(of: Void.self) { group in
      if progress == .live {
        group.addTask {
          // Sleeping throws when the run is over and the group is cancelled: the end of the loop.
          do {
            while true {
              try await ContinuousClock().sleep(for: .milliseconds(100))
              events.tick()
            }
          } catch {}
        }
      }
      var follower = RunFollower(self, journal: journal)
      while let batch = await events.next() { follower.take(batch) }
      group.cancelAll()
      follower.end()
      return follower.report
    }
  }

  /// Shows a run in which one record proved that nothing is to be done; `summary` is what it says.
  func showProven(_ report: RunReport, summary: String) {
    var follower = RunFollower(self)
    follower.take(
      EventChannel.Batch(events: [
        Event(
          .runStarted(id: report.id, goal: report.goal, tasks: 0, wall: RunClock.wallNanoseconds),
          time: 0),
        Event(.upToDate(summary), time: 0),
        Event(.runFinished(report), time: DurationFormat.nanoseconds(report.duration)),
      ]))
    follower.end()
  }

  /// Whether anybody looks at the outline of a run of so many tasks.
  func wantsOutline(of tasks: Int) -> Bool {
    switch progress {
    case .live, .github: true
    case .auto, .plain, .json: tasks <= EventJSON.mostPlanned
    }
  }

  /// The display of one run.
  func renderer() -> any RunRenderer {
    switch progress {
    case .live: LiveRenderer(style: style, isVerbose: isVerbose)
    case .json: JSONRenderer()
    case .github: GitHubRenderer(style: style, isVerbose: isVerbose, job: job)
    case .auto, .plain: PlainRenderer(style: style, isVerbose: isVerbose)
    }
  }

  /// Adds to the page of the job what a run came to.
  func addToJobSummary(_ report: RunReport) {
    guard progress == .github, let path = job.summary else { return }
    if let text = JobSummaryFile(path: path).append(report) { warning(text) }
  }

  /// Sends the traces of the command's runs; what goes wrong is one warning.
  func sendTraces() async {
    guard let fault = await traces?.send(environment: ProcessVariables.all) else { return }
    warning("the traces are not sent: \(TerminalText.sanitized(fault))")
  }

  /// Writes text to standard error.
  func show(_ text: String) {
    if text.isEmpty { return }
    TerminalCursor.note(text)
    StandardStream.error.write(text)
  }
}

extension Diagnostic {
  /// The same as a message.
  fileprivate var said: Message {
    Message(
      severity == .error ? .error : .warning, message, hint: hint,
      place: location.map { Message.Place(file: $0.file, line: $0.line, column: $0.column) })
  }
}
