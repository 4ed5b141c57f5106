// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run did to each host, read from its report. Pure.

package import TaskGraph

/// What a run did to one host.
package struct HostReport: Sendable, Hashable {
  /// How a host came out.
  package enum Status: String, Sendable, Hashable, CaseIterable {
    /// It runs the release now, and did not before.
    case done
    /// It ran the release already.
    case unchanged
    /// Something failed there.
    case failed
    /// Services are in between there: it was begun and stopped half-way, or goes on unheard.
    case interrupted
    /// Nothing was begun there, or not ended, because of a failure elsewhere or an interruption.
    case skipped
  }

  package let name: String
  package let status: Status
  /// Services whose containers were replaced, started or run, in the order of the graph.
  package let changed: [String]
  /// The task that failed there first, and what it said.
  package let failure: String?
  /// Services of which some steps are done and others are not, where that is because of an
  /// interruption.
  package var between: [Between]
  /// The release that is applied there after the run.
  package var release = Release.unknown

  /// A service that is in between.
  package struct Between: Sendable, Hashable {
    package let service: String
    /// What there is of it now, as `name state`; nil where the host was not asked.
    package var containers: [String]?
  }

  /// What is known of the release on a host.
  package enum Release: Sendable, Hashable {
    case named(String)
    /// Nothing was ever applied there.
    case none
    /// The host did not say.
    case unknown

    /// Its id; nil where there is none to name.
    package var id: String? {
      if case .named(let id) = self { id } else { nil }
    }
  }

  /// Whether the host runs what it should.
  package var isCurrent: Bool { status == .done || status == .unchanged }

  /// What a run did to each of these hosts; on `unended` ones a step did not come to its end.
  package static func all(
    _ hosts: [String], in report: RunReport, unended: Set<String> = []
  ) -> [HostReport] {
    hosts.map { host in
      HostReport(
        host, report.entries, wasInterrupted: report.wasInterrupted,
        isUnended: unended.contains(host))
    }
  }

  private init(
    _ host: String, _ entries: [RunReport.Entry], wasInterrupted: Bool, isUnended: Bool
  ) {
    name = host
    var changed: [String] = []
    var failure: String?
    var receipt: Outcome?
    var begun: [String] = []
    var undone: Set<String> = []
    for entry in entries {
      guard let step = DeployStep(entry.id), step.host == host else { continue }
      if step.name == "receipt" { receipt = entry.outcome }
      if failure == nil, step.name != "prune", case .failed(let error) = entry.outcome {
        failure = "\(entry.id): \(error.message)"
      }
      guard let service = step.service else { continue }
      if entry.wasBegun, !begun.contains(service) { begun.append(service) }
      if !entry.outcome.isSuccess { undone.insert(service) }
      if case .executed = entry.outcome, !changed.contains(service) { changed.append(service) }
    }
    self.changed = changed
    self.failure = failure
    switch receipt {
    case .executed: status = .done
    case .reused: status = .unchanged
    default:
      let isBetween = isUnended || wasInterrupted && failure == nil && !changed.isEmpty
      status = isBetween ? .interrupted : failure == nil ? .skipped : .failed
    }
    between =
      status == .interrupted
      ? begun.filter(undone.contains).map { Between(service: $0) } : []
  }
}

extension RunReport.Entry {
  /// Whether it came to run, however that ended.
  fileprivate var wasBegun: Bool {
    switch outcome {
    case .executed, .failed: return true
    case .reused, .skipped: return false
    case .cancelled:
      // What was never looked at has no reason to run.
      if case .unknown = reason { return false }
      return true
    }
  }
}
