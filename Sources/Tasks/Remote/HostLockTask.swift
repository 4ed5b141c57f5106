// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks one host who holds its lock, and nothing else: that must be told where no engine answers and what
// the host holds makes no sense.

package import Cache
package import TaskGraph

/// Asks a host who holds its lock.
package struct HostLockTask: HostQuestion {
  /// Who holds the lock of a host.
  package struct Output: Storable, Hashable {
    /// nil where nobody does.
    package let holder: LockHolder?

    /// Makes a value.
    package init(holder: LockHolder?) { self.holder = holder }

    package func write(to writer: inout RecordWriter) { writer.write(holder) }

    package init(from reader: inout RecordReader) throws(RecordError) {
      holder = try reader.readOptional()
    }
  }

  package static let kind = "host-lock"
  package static let name = "lock"
  package static let revision = 1

  package let id: TaskID
  package let host: Host

  /// A question to `host`.
  package init(id: TaskID, host: Host) {
    self.id = id
    self.host = host
  }

  package func parts(of lock: Output) -> [Observation] {
    [Observation("holder", lock.holder.map { "\($0.owner) \($0.run)" } ?? "none")]
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    Output(holder: try await HostLock(host: host, caller: RemoteCaller(context)).holder())
  }
}
