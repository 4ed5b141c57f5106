// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is written about a release when the lease under which it was made ends. Does not know what is
// said in it.

/// The record of a release, for the hosts that hold its files.
package struct LeaseRecord: Sendable, Hashable {
  /// The release's id.
  package let release: String
  /// The text of `record.json`.
  package let text: String

  /// Makes a value.
  package init(release: String, text: String) {
    self.release = release
    self.text = text
  }
}
