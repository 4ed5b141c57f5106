// SPDX-License-Identifier: AGPL-3.0-or-later
// A text that can be kept in a set byte for byte, since Swift's texts are compared by meaning.

/// A text as a member of a set, compared byte for byte.
struct ExactKey: Hashable {
  private let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }
}
