// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One image that a build makes: which service, how, under which names.

package import Tasks

/// One image of a build.
package struct PlannedImage: Sendable, Hashable {
  /// How it is made.
  package enum Source: Sendable, Hashable {
    /// BuildKit with these settings.
    case dockerfile(ImageSpec)
    /// `encore build docker` in this directory.
    case encore(workdir: String)
  }

  package let service: String
  package let source: Source
  /// Every name that it must have: `repository:tag`.
  package let references: [String]
  /// Names that it gets when it is built, and that nobody misses while it is not.
  package let passingReferences: [String]
  /// The name that it is pushed under; nil where it is not pushed.
  package let pushed: String?
  /// Services whose images it is built on.
  package let basedOn: [String]
}
