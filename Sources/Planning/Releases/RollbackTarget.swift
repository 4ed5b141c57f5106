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

  /// Finds the target in `records`, of which `chain` knows what hosts were after each.
  ///
  /// `newest` is the newest release of which hosts say that anything of it is there, `running` what runs
  /// on each of them; without them the records count.
  package init(
    _ choice: Choice, environment: String, records: [ReleaseRecord], chain: ReleaseChain,
    newest: String? = nil, running: [String: [String: String]]? = nil
  ) throws(ProjectError) {
    let own = records.filter { $0.environment == environment }.sorted(
      by: ReleaseRecord.newestFirst)
    let told = newest.flatMap(chain.record) ?? chain.newest
    current = told
    switch choice {
    case .previous:
      guard let current = newest ?? told?.id else {
        throw ReleaseFault.noCurrent(environment: environment).error
      }
      let hosts = running ?? told.map { Self.running(after: $0, chain) } ?? [:]
      // Going back to what is there already would help nobody: a repair is no step.
      let previous = chain.before(current).first { record in
        record.isFullyDeployed && (hosts.isEmpty || Self.differs(hosts, from: record, chain))
      }
      guard let previous else { throw ReleaseFault.noPrevious.error }
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
    let isThere = running.map { !Self.differs($0, from: target, chain) } ?? true
    if target.id == current?.id, isThere { throw ReleaseFault.isCurrent(target.id).error }
    if !target.isFullyDeployed {
      throw ReleaseFault.notFullyDeployed(target.id, phases: target.openPhases).error
    }
  }

  /// What ran on the hosts of a release after it.
  private static func running(
    after record: ReleaseRecord, _ chain: ReleaseChain
  ) -> [String: [String: String]] {
    Dictionary(
      uniqueKeysWithValues: record.hosts.keys.compactMap { host in
        chain.running(on: host, after: record).map { (host, $0) }
      })
  }

  /// Whether something else ran on any of these hosts after a release.
  private static func differs(
    _ hosts: [String: [String: String]], from record: ReleaseRecord, _ chain: ReleaseChain
  ) -> Bool {
    hosts.contains { host, running in
      chain.running(on: host, after: record).map { $0 != running } ?? false
    }
  }

  /// What the hosts of an environment run: its newest release that reached any of them.
  package static func current(
    of environment: String, in records: [ReleaseRecord]
  ) -> ReleaseRecord? {
    records.filter { $0.environment == environment && $0.reachedHosts }
      .max { $0.id < $1.id }
  }
}
