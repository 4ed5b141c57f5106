// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is known from earlier runs, to be read and not written: the side of the stores that a plan
// sees.

import Cache
import SystemPackage

/// The stores of a project without any operation that changes them.
struct StateReader: Sendable {
  private let state: ProjectState

  /// The reading side of `state`.
  init(_ state: ProjectState) { self.state = state }

  /// The project's root directory, absolute.
  var root: FilePath { state.root }
  /// Where a task would put files that are gone after it.
  var temporary: FilePath { state.layout.temporary }
  /// The digests of files.
  var files: FileDigests { state.files }
  /// The newest receipt of each effect.
  var receipts: [String: Ledger.Receipt] { state.receipts.values }

  /// The record of a key, if every blob that it names is there.
  func record(_ key: Digest) -> ActionRecord? {
    guard let record = state.actions.peek(key),
      record.blobs.allSatisfy({ state.contents.holds($0.digest, size: $0.size) })
    else { return nil }
    return record
  }

  /// Whether outputs are on disk as they were recorded.
  func standing(_ outputs: [OutputFile], _ identities: [FileIdentity]) -> PureReuse.Standing {
    PureReuse(state: state).standing(outputs, identities)
  }
}
