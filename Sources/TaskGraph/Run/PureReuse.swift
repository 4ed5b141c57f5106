// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether the result of a pure task is to be had without running it: the outputs on disk, or a record
// whose blobs all verify. Absent never equals absent.

import Cache
import SystemPackage

/// Finds recorded results of pure tasks.
struct PureReuse: Sendable {
  let state: ProjectState

  /// A result that stands.
  struct Hit: Sendable {
    let value: any Storable
    let bytes: [UInt8]
    let outputs: [OutputFile]
    let identities: [FileIdentity]
    let log: Digest?
    let duration: Int64
    /// How many files were brought back.
    let restored: Int
    /// Whether the last run in this project had the same key.
    let isFromThisProject: Bool
  }

  /// What was found.
  enum Finding: Sendable {
    case found(Hit)
    /// Nothing; with the reason where it is not in the manifest.
    case absent(Reason?)
    /// The cache could not be used.
    case failed(CacheError)
  }

  /// Looks for the result of `key`; brings files back where they are not as recorded.
  ///
  /// What this project made last needs no record but for its log: it is looked up only `withLog`.
  func find<Kind: PureTask>(
    _: Kind.Type, key: Digest, last: TaskIndex.Entry?, withLog: Bool
  ) async -> Finding {
    let isLast = last?.key == key && last?.succeeded == true
    var missing: String?
    if isLast, let last {
      switch standing(last.outputs, last.identities) {
      case .standing(let identities):
        if let value = Kind.Output.read(last.value) {
          return .found(
            Hit(
              value: value, bytes: last.value, outputs: last.outputs, identities: identities,
              log: withLog ? state.actions.peek(key)?.log : nil, duration: last.duration,
              restored: 0,
              isFromThisProject: true))
        }
      case .differing(let path): missing = path
      }
    }
    guard let record = state.actions.record(for: key) else {
      return .absent(missing.map(Reason.outputChanged))
    }
    // A record that this version cannot read is as good as none.
    guard let value = Kind.Output.read(record.value) else { return .absent(.evicted) }
    let previous = last?.outputs ?? []
    let made = Set(record.outputs.map(\.path))
    // What only the earlier execution made has to go: then it is a restore, though nothing comes back.
    if previous.allSatisfy({ made.contains($0.path) }),
      case .standing(let identities) = standing(record.outputs, [])
    {
      return .found(hit(record, value, identities, restored: 0, isLast))
    }
    do throws(CacheError) {
      guard let identities = try state.outputs.restore(record.outputs, removing: previous) else {
        return .absent(.evicted)
      }
      return .found(hit(record, value, identities, restored: record.outputs.count, isLast))
    } catch {
      return .failed(error)
    }
  }

  private func hit(
    _ record: ActionRecord, _ value: any Storable, _ identities: [FileIdentity], restored: Int,
    _ isLast: Bool
  ) -> Hit {
    Hit(
      value: value, bytes: record.value, outputs: record.outputs, identities: identities,
      log: record.log, duration: record.duration, restored: restored, isFromThisProject: isLast)
  }

  /// Whether outputs are on disk as recorded.
  enum Standing: Sendable {
    case standing([FileIdentity])
    /// This one is not.
    case differing(String)
  }

  /// Compares by identity first, by content where that differs: a file that was written in the last
  /// tick, or that a killed run left, has no identity on record but may well be right.
  func standing(_ outputs: [OutputFile], _ identities: [FileIdentity]) -> Standing {
    var found: [FileIdentity] = []
    found.reserveCapacity(outputs.count)
    for (position, output) in outputs.enumerated() {
      guard let identity = FileIdentity(state.root.appending(output.path).string) else {
        return .differing(output.path)
      }
      if position < identities.count, identities[position] == identity {
        found.append(identity)
        continue
      }
      guard output.isLike(identity), hasContent(output) else { return .differing(output.path) }
      let isTrusted =
        output.type == .directory || state.files.isTrusted(output.path, identity)
      found.append(isTrusted ? identity : identity.distrusted)
    }
    return .standing(found)
  }

  private func hasContent(_ output: OutputFile) -> Bool {
    if output.type == .directory { return true }
    do throws(CacheError) {
      return try state.files.entry(for: output.path)?.digest == output.digest
    } catch {
      // What cannot be read is not known to be right.
      return false
    }
  }
}
