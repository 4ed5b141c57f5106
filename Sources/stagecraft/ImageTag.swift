// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Checks a version that is typed: it becomes the tag of images.

import ArgumentParser

/// The tag of an image as it is typed.
enum ImageTag {
  /// Refuses a version that cannot be a tag.
  static func validate(_ version: String?) throws {
    guard let version else { return }
    let isTag =
      !version.isEmpty && version.utf8.count <= 128 && !version.hasPrefix(".")
      && !version.hasPrefix("-")
      && version.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "._-".unicodeScalars.contains(scalar))
      }
    if !isTag {
      throw ValidationError(
        "`--version` is `\(TerminalText.sanitized(version))`, which cannot be the tag of an image: "
          + "letters, digits, `.`, `_` and `-`, beginning with none of `.` and `-`, at most 128")
    }
  }
}
