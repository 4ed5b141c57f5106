// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the cache commands learn, as values. Knows no wording.

/// What the cache holds.
struct CacheInfo: Sendable, Hashable {
  let path: String
  /// Results of tasks.
  let records: Int
  /// Files.
  let blobs: Int
  let bytes: Int64
  /// What the cache may grow to.
  let budget: Int64
}

/// What a collection removed.
struct CacheCollected: Sendable, Hashable {
  let records: Int
  let blobs: Int
  let bytes: Int64
  /// Whether nothing was done because tasks run.
  let wasBusy: Bool
}

/// What a check found.
struct CacheVerified: Sendable, Hashable {
  let checked: Int
  /// Names of entries that were damaged and are removed.
  let damaged: [String]
}
