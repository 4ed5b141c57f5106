// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The release history as commands see it: the local copy, joined with what hosts know where they were
// asked. Decides which releases somebody still works on.

import Cache
import Planning
import TaskGraph
import Tasks

/// The release history at one moment.
struct ReleaseBook: Sendable {
  let records: [ReleaseRecord]
  /// Whether somebody holds the lock of an environment; environments that nobody asked are missing.
  let held: [String: Bool]
  /// `user@machine` of this process, and whether a run of this project is under way on this machine.
  let local: (owner: String, isRunning: Bool)

  /// The releases of an environment, or of all in the order of their names, newest first.
  func listed(environment: String?, limit: Int?) -> [ReleaseRecord] {
    let groups = Dictionary(grouping: records, by: \.environment)
    return groups.keys.sorted().filter { environment == nil || $0 == environment }.flatMap {
      (groups[$0] ?? []).sorted(by: ReleaseRecord.newestFirst).prefix(limit ?? .max)
    }
  }

  /// The release of an id.
  func record(_ id: String) throws(ProjectError) -> ReleaseRecord {
    if let record = records.first(where: { $0.id == id }) { return record }
    let nearest = Suggestion.nearest(to: id, among: records.map(\.id))
    throw ReleaseFault.notFound(id, nearest: nearest).error
  }

  /// The status that people are shown.
  func status(of record: ReleaseRecord) -> String {
    if let isHeld = held[record.environment] { return record.statusWord(isHeld: isHeld) }
    // Only what began on this machine can be judged from here.
    let isOurs = record.owner.hasPrefix("\(local.owner) ") || record.owner == local.owner
    return record.statusWord(isHeld: isOurs ? local.isRunning : nil)
  }
}

extension Session {
  /// The release history; with `refresh` hosts are asked first and the local copy takes over what they
  /// know.
  func releases(refresh: Bool) async throws -> ReleaseBook {
    let place = try Place(settings)
    let layout = StateLayout(projectRoot: place.location.root)
    let history = ReleaseHistory(layout: layout, variables: place.environment)
    var held: [String: Bool] = [:]
    if refresh {
      for (environment, facts, isComplete) in try await factsOfHosts() {
        for id in try history.merge(facts, environment: environment) {
          console.warning("the record of `\(TerminalText.sanitized(id))` on a host is unreadable")
        }
        let isHeld = facts.contains { $0.lock.map { !$0.isExpired } ?? false }
        if isHeld || isComplete { held[environment] = isHeld }
      }
    }
    return ReleaseBook(
      records: try history.records(), held: held,
      local: (
        owner: MachineName.owner(environment: place.environment),
        isRunning: FileLock.holder(of: layout.lock) != nil
      ))
  }
  /// Says what changed from one release to another.
  func compareReleases(
    _ old: String, _ new: String, refresh: Bool, _ format: ReportFormat
  ) async throws {
    let book = try await releases(refresh: refresh)
    let difference = ReleaseDifference(from: try book.record(old), to: try book.record(new))
    if format == .json {
      console.data(ReleaseJSON.difference(difference, from: old, to: new))
    } else if difference.isEmpty {
      console.note("the two releases do not differ")
    } else {
      console.data(ReleasePrinter(style: console.dataStyle).difference(difference))
    }
  }
}
