// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which release a rollback goes to. A pure function of the history.

/// The release that a rollback brings back.
package struct RollbackTarget: Sendable, Hashable {
  /// How the target is named.
  package enum Choice: Sendable, Hashable {
    /// The release before the current one.
    case previous
    /// The release of that id.
    case release(String)
    /// The newest release of that version.
    case version(String)

    /// What exactly one of three flags says.
    package init(
      toPrevious: Bool, toRelease: String?, toVersion: String?
    ) throws(ProjectError) {
      let given: [Choice] =
        (toPrevious ? [.previous] : []) + [toRelease.map { .release($0) }].compactMap(\.self)
        + [toVersion.map { .version($0) }].compactMap(\.self)
      guard let choice = given.first else { throw ReleaseFault.targetMissing.error }
      guard given.count == 1 else { throw ReleaseFault.severalTargets.error }
      self = choice
    }
  }

  /// What is brought back; fully deployed.
  package let target: ReleaseRecord
  /// What the hosts run now; nil where nothing is known to.
  package let current: ReleaseRecord?

  /// Finds the target in `records`.
  package init(
    _ choice: Choice, environment: String, records: [ReleaseRecord]
  ) throws(ProjectError) {
    let own = records.filter { $0.environment == environment }.sorted(
      by: ReleaseRecord.newestFirst)
    current = own.first(where: \.reachedHosts)
    switch choice {
    case .previous:
      guard let current else { throw ReleaseFault.noCurrent(environment: environment).error }
      let older = own.drop { $0.id != current.id }.dropFirst()
      guard let previous = older.first(where: \.isFullyDeployed) else {
        throw ReleaseFault.noPrevious.error
      }
      target = previous
    case .release(let id):
      guard let found = records.first(where: { $0.id == id }) else {
        let nearest = Suggestion.nearest(to: id, among: own.map(\.id))
        throw ReleaseFault.targetNotFound(id, nearest: nearest).error
      }
      guard found.environment == environment else {
        throw ReleaseFault.otherEnvironment(
          id, belongsTo: found.environment, environment: environment
        ).error
      }
      target = found
    case .version(let version):
      let matching = own.filter { $0.version == version }
      // One that did not get through does not stand before one of the same version that did.
      guard let found = matching.first(where: \.isFullyDeployed) ?? matching.first else {
        throw ReleaseFault.versionNotFound(version, environment: environment).error
      }
      target = found
    }
    if target.id == current?.id { throw ReleaseFault.isCurrent(target.id).error }
    if !target.isFullyDeployed {
      throw ReleaseFault.notFullyDeployed(target.id, phases: target.openPhases).error
    }
  }

  /// What the hosts of an environment run: its newest release that reached any of them.
  package static func current(
    of environment: String, in records: [ReleaseRecord]
  ) -> ReleaseRecord? {
    records.filter { $0.environment == environment && $0.reachedHosts }
      .max { ($0.time, $0.id) < ($1.time, $1.id) }
  }
}
