// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run that changes hosts has beside its graph: the release that it makes and the right to make
// it.

package import Tasks

/// A change of hosts that is being made.
package struct HostChange: Sendable {
  /// The release as the change begins, once it is known what it is called.
  package let release: @Sendable (ReleaseName) -> ReleaseRecord
  package let lease: Lease
  /// Who makes it: `user@machine`.
  package let owner: String
  /// The commit of an earlier release; nil where it is not known here.
  let commit: @Sendable (_ release: String) -> String?

  /// Makes a value.
  package init(
    lease: Lease, owner: String, release: @escaping @Sendable (ReleaseName) -> ReleaseRecord,
    commit: @escaping @Sendable (_ release: String) -> String?
  ) {
    self.release = release
    self.lease = lease
    self.owner = owner
    self.commit = commit
  }

  /// What stands for nothing in records, as nothing.
  private static func known(_ text: String) -> String { text == "unknown" ? "" : text }

  /// The bytes of `record.json` as the change begins.
  package var record: @Sendable (ReleaseName) -> String {
    { [release] name in release(name).json }
  }

  /// What the user's hooks are told.
  func facts(_ kind: TaskDefinition.Hook.Run, of environment: String) -> HookFacts {
    HookFacts(
      kind: kind.rawValue, environment: environment, by: owner, token: lease.token
    ) { [release, commit] name in
      let record = release(name)
      return HookFacts.Release(
        id: record.id, previous: record.previousID,
        version: Self.known(record.version),
        commit: Self.known(record.commitSHA),
        previousCommit: record.previousID.flatMap(commit).map(Self.known))
    }
  }
}
