// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Collects what the runs of one command came to, for a trace that is sent when the command is over. A
// run costs no more for it than keeping its report.

import Planning
import Synchronization
import TaskGraph
import Tasks

/// The runs of one command, for OpenTelemetry.
final class Traces: Sendable {
  private let settings: TraceSettings
  private let runs = Mutex<[TraceSpans.Run]>([])

  /// A collection for a collector.
  init(_ settings: TraceSettings) { self.settings = settings }

  /// Keeps what a run came to.
  func add(_ report: RunReport, wall: Int64) {
    runs.withLock { $0.append(TraceSpans.Run(report: report, wall: wall)) }
  }

  /// Sends what there is; returns what went wrong, if anything.
  func send(environment: [String: String]) async -> String? {
    let runs = self.runs.withLock { runs in
      defer { runs = [] }
      return runs
    }
    guard !runs.isEmpty else { return nil }
    var random = SystemRandomNumberGenerator()
    let body = TraceSpans.render(runs, settings, version: Version.number, random: &random)
    return await TraceUpload(
      settings, commands: SubprocessRunner(grace: .milliseconds(100)), environment: environment
    ).send(body)
  }
}
