// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The version that images are named after, and whether somebody counts on that name.

/// The version of a build.
package struct ImageVersion: Sendable, Hashable {
  /// Such as a commit.
  package let text: String
  /// Whether every image must carry it: where it was asked for, or is pushed.
  ///
  /// Else an image gets it when it is built, and one that did not change keeps the tags it has: an
  /// edit of one service is then no reason to touch the others.
  package let isDemanded: Bool

  /// Makes a version.
  package init(_ text: String, isDemanded: Bool) {
    self.text = text
    self.isDemanded = isDemanded
  }
}
