// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The requests of the cache commands to the stores. Works without a project.

import Cache
import SystemPackage

extension Session {
  private func collector() -> Collector {
    Collector(layout: CacheLayout(root: CacheLayout.standard(environment: Place.process)))
  }

  /// What the cache holds.
  func cacheInfo() throws -> CacheInfo {
    let collector = collector()
    let usage = collector.usage()
    return CacheInfo(
      path: collector.layout.root.string, records: usage.records, blobs: usage.blobs,
      bytes: usage.bytes, budget: collector.budget)
  }

  /// Removes what is over the budget.
  func collectGarbage() throws -> CacheCollected {
    let report = try collector().collect(force: true)
    return CacheCollected(
      records: report.removedRecords, blobs: report.removedBlobs, bytes: report.removedBytes,
      wasBusy: report.skipped == .busy)
  }

  /// Reads every entry and removes those that are damaged.
  func verifyCache() throws -> CacheVerified {
    let collector = collector()
    let usage = collector.usage()
    return CacheVerified(
      checked: usage.records + usage.blobs,
      damaged: try collector.verify().map { "\($0)" })
  }
}
