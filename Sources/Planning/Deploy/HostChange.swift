// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run that changes hosts has beside its graph: the release that it makes and the right to make
// it.

package import Tasks

/// A change of hosts that is being made.
package struct HostChange: Sendable {
  /// The id of the release.
  package let release: String
  /// The bytes of `record.json` as the change begins.
  package let record: String
  package let lease: Lease

  /// Makes a value.
  package init(release: String, record: String, lease: Lease) {
    self.release = release
    self.record = record
    self.lease = lease
  }

  /// What the user's hooks are told: where they are, and that the lock is theirs as well.
  func variables(of environment: String) -> [String: String] {
    [
      "STAGECRAFT_ENV": environment, "STAGECRAFT_RELEASE": release,
      Lease.variable: lease.token,
    ]
  }
}
