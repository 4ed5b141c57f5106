// SPDX-License-Identifier: AGPL-3.0-or-later
// Comparison of texts byte by byte. Swift's == takes two spellings of an accented letter for the
// same, which a file name or a key is not.

extension String {
  /// Whether two texts have the same bytes in UTF-8.
  func isIdentical(to other: String) -> Bool {
    // Equal bytes are always ==, so the quick test never hides a match.
    self == other && utf8.elementsEqual(other.utf8)
  }

  /// Whether a text comes before another in the order of their bytes in UTF-8.
  func precedes(_ other: String) -> Bool {
    utf8.lexicographicallyPrecedes(other.utf8)
  }
}
