// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Removes the lock of a host whose holder is known to be dead. Whether it is, a person has said: it is
// not looked into here.

package import Cache
package import TaskGraph

/// Removes the lock of a host, whoever holds it.
package struct HostUnlock: EffectTask {
  /// What was found.
  package struct Output: Storable, Hashable {
    /// Whose lock was removed; nil where there was none.
    package let holder: LockHolder?

    /// Makes a value.
    package init(holder: LockHolder?) { self.holder = holder }

    package func write(to writer: inout RecordWriter) { writer.write(holder) }

    package init(from reader: inout RecordReader) throws(RecordError) {
      holder = try reader.readOptional()
    }
  }

  package static let kind = "host-unlock"
  package static let revision = 1

  package let id: TaskID
  package let host: Host
  /// What shows who holds the lock: that one is removed, and no other.
  package let facts: TaskRef<HostFacts>

  /// A removal of the lock that `facts` tell of.
  package init(id: TaskID, host: Host, facts: TaskRef<HostFacts>) {
    self.id = id
    self.host = host
    self.facts = facts
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
    guard let holder = try context.output(of: facts).lock else {
      return .holds(Output(holder: nil), "`\(host.name)` is not locked")
    }
    return .differs(Self.text(of: holder, on: host))
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    guard let holder = try context.output(of: facts).lock else { return Output(holder: nil) }
    let answer = try await RemoteShell(host).run(
      LeaseScripts.unlock, [host.directory, holder.token], in: context)
    switch answer {
    case "removed\n":
      context.log("removed the lock: \(Self.text(of: holder, on: host))")
      return Output(holder: holder)
    case "gone\n": return Output(holder: nil)
    default:
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
