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
  /// The hosts of the wave.
  package let sites: [HostSite]
  package let pause: Duration

  /// Makes a wait; it must come after the receipts of `sites`.
  package init(id: TaskID, sites: [HostSite], pause: Duration) {
    self.id = id
    self.sites = sites
    self.pause = pause
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "pause", String(pause.nanoseconds))
    for site in sites {
      let desired = try context.output(of: site.desired)
      manifest.add(.setting, "host \(site.host.name)", desired.fingerprint.hex)
    }
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output> {
    for site in sites {
      let applied = try context.output(of: site.facts).receipt?.digest
      if applied != (try context.output(of: site.desired).digest) {
        return .differs("host `\(site.host.name)` was changed")
      }
    }
    return .holds(Output(), "no host was changed")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    do {
      try await Task.sleep(for: pause)
    } catch {
      throw TaskError(.cancelled, "the run was interrupted")
    }
    return Output()
  }
}
