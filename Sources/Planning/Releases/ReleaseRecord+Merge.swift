// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Joins two copies of one record, such as a host's and the local one. Pure functions of records.

extension ReleaseRecord {
  /// The newer of two copies of one release, with hosts and images that only the other one names.
  ///
  /// A finished copy beats one that is under way: a host that was cut off keeps the latter for ever.
  package func merged(with other: ReleaseRecord) -> ReleaseRecord {
    let isNewer =
      other.isFinal != isFinal
      ? other.isFinal : (ReleaseTime(other.updated) ?? other.time) > (ReleaseTime(updated) ?? time)
    var result = isNewer ? other : self
    let older = isNewer ? self : other
    result.hosts.merge(older.hosts) { newer, _ in newer }
    result.images.merge(older.images) { newer, _ in newer }
    return result
  }

  /// `records` joined with `others` by id, in the order of `records`, then by time.
  package static func merge(
    _ records: [ReleaseRecord], with others: [ReleaseRecord]
  ) -> [ReleaseRecord] {
    var result = records
    var positions: [String: Int] = [:]
    for (position, record) in records.enumerated() { positions[record.id] = position }
    for other in others.sorted(by: { ($0.time, $0.id) < ($1.time, $1.id) }) {
      if let position = positions[other.id] {
        result[position] = result[position].merged(with: other)
      } else {
        positions[other.id] = result.count
        result.append(other)
      }
    }
    return result
  }

  /// Newest first; of one moment, the greater id first.
  package static func newestFirst(_ left: ReleaseRecord, _ right: ReleaseRecord) -> Bool {
    (left.time, left.id) > (right.time, right.id)
  }
}
