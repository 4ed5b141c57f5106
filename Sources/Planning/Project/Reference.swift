// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A name written in a project file that stands for something defined elsewhere in it.

/// A name as it was written, with the place.
package struct Reference: Sendable, Hashable {
  /// The name.
  package let name: String
  /// Where it was written.
  package let location: SourceLocation

  /// How many Unicode scalars it spans there, quotes included.
  package let length: Int

  /// Makes a reference to `name`, written at `location`; without a length, that of the name.
  package init(name: String, location: SourceLocation, length: Int? = nil) {
    self.name = name
    self.location = location
    self.length = length ?? name.unicodeScalars.count
  }
}
