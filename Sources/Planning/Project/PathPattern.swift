// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One entry of a task's `inputs` or `outputs`. Knows how it was written and what it means from the
// project root; does not match files.

/// A path or glob of a task, as written and as it reads from the project root.
package struct PathPattern: Sendable, Hashable {
  /// The text as written, relative to the task's directory, without a leading `!`.
  package let text: String
  /// The pattern from the project root, without `.`, `..` or empty components.
  package let path: String
  /// True for `!pattern`, which takes away from what the other patterns match.
  package let isExclusion: Bool
  /// Where it was written.
  package let location: SourceLocation
  /// How many Unicode scalars it spans there, quotes included.
  package let length: Int

  /// Makes a pattern; `path` must already be normal.
  ///
  /// Without a length, that of the text.
  package init(
    text: String, path: String, isExclusion: Bool = false, location: SourceLocation,
    length: Int? = nil
  ) {
    self.text = text
    self.path = path
    self.isExclusion = isExclusion
    self.location = location
    self.length = length ?? text.unicodeScalars.count
  }
}
