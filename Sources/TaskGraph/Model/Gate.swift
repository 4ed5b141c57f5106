// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A task that does nothing but wait for others: where many tasks wait for many, and where a number of
// failures may be tolerated.

package import Cache

/// Waits for others; what waits for it goes on when it is through.
package struct Gate: ObserveTask {
  /// Nothing.
  package struct Output: Storable {
    package init() {}
    package func write(to writer: inout RecordWriter) {}
    package init(from reader: inout RecordReader) throws(RecordError) {}
  }

  package static let kind = "gate"
  package static let revision = 1
  package static let isLocal = true

  package let id: TaskID

  /// Makes a gate.
  package init(id: TaskID) { self.id = id }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func run(in context: TaskContext) async throws(TaskError) -> Output { Output() }
}
