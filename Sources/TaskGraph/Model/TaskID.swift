// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The name of a task: what users type, keys contain and logs show.

package import Cache

/// A task's name: stable, readable, unique in its graph, such as `image/api/build`.
package struct TaskID: Hashable, Sendable, Comparable, CustomStringConvertible, Storable {
  /// The whole name.
  package let text: String

  /// Makes a name of its text.
  package init(_ text: String) { self.text = text }

  package var description: String { text }

  /// Bytewise, so that every machine sorts alike.
  package static func < (left: TaskID, right: TaskID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func write(to writer: inout RecordWriter) { writer.write(text) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    text = try reader.readString()
  }
}
