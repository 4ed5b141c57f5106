// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Joins two copies of one record, such as a host's and the local one. Pure functions of records.

import Tasks

extension ReleaseRecord {
  /// The newer of two copies of one release, with what only the other one says of hosts and images.
  ///
  /// A finished copy beats one that is under way: a host that was cut off keeps the latter for ever. Of
  /// two that are finished the one that is here stays: no host rewrites what is known.
  package func merged(with other: ReleaseRecord) -> ReleaseRecord {
    let isNewer =
      other.isFinal != isFinal
      ? other.isFinal
      : !isFinal && (ReleaseTime(other.updated) ?? other.time) > (ReleaseTime(updated) ?? time)
    var result = isNewer ? other : self
    let older = isNewer ? self : other
    result.hosts.merge(older.hosts) { newer, _ in newer }
    result.images.merge(older.images) { newer, _ in newer }
    result.folders.merge(older.folders) { newer, _ in newer }
    result.applied.merge(older.applied) { newer, _ in newer }
    return result
  }

  /// `records` joined with `others` by id, in the order of `records`, then by id.
  package static func merge(
    _ records: [ReleaseRecord], with others: [ReleaseRecord]
  ) -> [ReleaseRecord] {
    var result = records
    var positions: [String: Int] = [:]
    for (position, record) in records.enumerated() { positions[record.id] = position }
    for other in others.sorted(by: { $0.id < $1.id }) {
      if let position = positions[other.id] {
        result[position] = result[position].merged(with: other)
      } else {
        positions[other.id] = result.count
        result.append(other)
      }
    }
    return result
  }

  /// Newest first: by id, since those are given by the hosts, in order, and clocks of operators differ.
  package static func newestFirst(_ left: ReleaseRecord, _ right: ReleaseRecord) -> Bool {
    left.id > right.id
  }
}
