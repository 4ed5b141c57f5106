// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an effect on a host leaves for later tasks and for reports: names, never a value of the
// environment. Knows nothing of how it was done.

package import Cache

/// What an effect on a host left: the names of containers, images or releases, sorted.
package struct Applied: Storable, Hashable {
  package let names: [String]

  /// Makes a value.
  package init(_ names: [String] = []) { self.names = names.sorted() }

  /// Nothing: the name that an engine gave to a container is no reason to do anything again.
  package func write(to writer: inout RecordWriter) {}

  package init(from reader: inout RecordReader) throws(RecordError) { names = [] }
}
