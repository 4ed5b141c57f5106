// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a host was, from this machine's memory: for plans that ask no host. A run asks the host itself,
// with HostRecall.

package import Cache
package import TaskGraph

/// Stands for ``HostRecall`` in a plan that asks no host.
package struct RememberedRecall: ObserveTask {
  package typealias Output = DesiredHost

  package static let kind = HostRecall.kind
  package static let revision = HostRecall.revision
  package static let isLocal = true

  package let id: TaskID
  private let desired: DesiredHost

  /// Makes a task.
  package init(id: TaskID, desired: DesiredHost) {
    self.id = id
    self.desired = desired
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func run(in context: TaskContext) async throws(TaskError) -> DesiredHost { desired }
}
