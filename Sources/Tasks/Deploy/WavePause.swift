// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The wait between two waves of a rollout: what just started shows itself for a while before the next
// hosts follow. Changes nothing.

package import Cache
package import TaskGraph

/// Waits after a wave that changed a host; after one that changed none there is nothing to wait for.
package struct WavePause: EffectTask {
  /// Nothing.
  package struct Output: Storable {
    package init() {}
    package func write(to writer: inout RecordWriter) {}
    package init(from reader: inout RecordReader) throws(RecordError) {}
  }

  package static let kind = "wave-pause"
  package static let revision = 1

  package let id: TaskID
  /// The hosts of the wave, by name.
  package let hosts: [String]
  package let changes: TaskRef<HostChanges.Output>
  package let pause: Duration

  /// Makes a wait; it must come after `changes` and after the receipts of `hosts`.
  package init(
    id: TaskID, hosts: [String], changes: TaskRef<HostChanges.Output>, pause: Duration
  ) {
    self.id = id
    self.hosts = hosts
    self.changes = changes
    self.pause = pause
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "pause", String(pause.nanoseconds))
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output> {
    let changed = try context.output(of: changes).hosts
    guard let host = hosts.first(where: changed.contains) else {
      return .holds(Output(), "no host was changed")
    }
    return .differs("host `\(host)` was changed")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    do {
      try await Task.sleep(for: pause)
    } catch {
      throw TaskError.interrupted
    }
    return Output()
  }
}
