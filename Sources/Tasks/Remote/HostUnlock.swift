// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Removes the lock of a host whose holder is known to be dead. Whether it is, a person has said: it is
// not looked into here.

package import Cache
package import TaskGraph

/// Removes the lock of a host, whoever holds it; its output is whose lock was removed.
package struct HostUnlock: EffectTask {
  package typealias Output = HostLockTask.Output

  package static let kind = "host-unlock"
  package static let revision = 1

  package let id: TaskID
  package let host: Host
  /// What shows who holds the lock: that one is removed, and no other.
  package let lock: TaskRef<HostLockTask.Output>

  /// A removal of the lock that `lock` tells of.
  package init(id: TaskID, host: Host, lock: TaskRef<HostLockTask.Output>) {
    self.id = id
    self.host = host
    self.lock = lock
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "host", host.name)
    manifest.add(.argument, "directory", host.directory)
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output> {
    guard let holder = try context.output(of: lock).holder else {
      return .holds(Output(holder: nil), "`\(host.name)` is not locked")
    }
    return .differs(Self.text(of: holder, on: host))
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    guard let holder = try context.output(of: lock).holder else { return Output(holder: nil) }
    switch try await HostLock(host: host, caller: RemoteCaller(context)).remove(from: holder) {
    case true?:
      context.log("removed the lock: \(Self.text(of: holder, on: host))")
      return Output(holder: holder)
    case false?: return Output(holder: nil)
    case nil:
      throw TaskError(
        .moved(host.name), "`\(host.name)` is locked by somebody else by now",
        hint: "look again who it is, and run this again if that one is dead as well")
    }
  }

  /// Who holds the lock of a host, for how long, and when it was last heard of.
  package static func text(of holder: LockHolder, on host: Host) -> String {
    LockErrors.locked(host, holder).message
  }
}
