// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run that changes hosts has beside its graph: the release that it makes and the right to make
// it.

package import Tasks

/// A change of hosts that is being made.
package struct HostChange: Sendable {
  /// The bytes of `record.json` as the change begins, once it is known what the release is called.
  package let record: @Sendable (ReleaseName) -> String
  package let lease: Lease

  /// Makes a value.
  package init(lease: Lease, record: @escaping @Sendable (ReleaseName) -> String) {
    self.record = record
    self.lease = lease
  }

  /// What the user's hooks are told: where they are, and that the lock is theirs as well.
  func variables(of environment: String) -> [String: String] {
    [
      "STAGECRAFT_ENV": environment, Lease.variable: lease.token,
    ]
  }
}
