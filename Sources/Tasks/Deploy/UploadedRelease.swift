// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The release folder on a host that the rest of a deploy works from.

package import Cache

/// A release whose files lie on a host.
package struct UploadedRelease: Storable, Hashable {
  /// The name of the folder below `releases/`.
  package let id: String

  /// Makes a value.
  package init(id: String) { self.id = id }

  /// Nothing: in which folder something lies is no reason to do it again.
  package func write(to writer: inout RecordWriter) {}

  package init(from reader: inout RecordReader) throws(RecordError) { id = "" }
}
