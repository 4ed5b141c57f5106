// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a plan tells of images that stay as they are while their names stand for newer ones. Pure.

/// Words on images of which newer ones are there.
package enum ImageUpdates {
  /// What observations saw that nothing is done about.
  package static func all(_ entries: [PlanEntry]) -> [Difference] {
    entries.filter { $0.taskClass == .observe }.flatMap(\.differences)
  }

  /// A line for each.
  package static func lines(_ entries: [PlanEntry]) -> [String] {
    all(entries).map { update in
      let (old, new) = (short(update.old ?? ""), short(update.new ?? ""))
      return "image \(update.name)  \(old) → \(new) is there; --update-images takes it"
    }
  }

  /// The first digits of a digest, as Docker shows them; a text without one as it is.
  private static func short(_ image: String) -> String {
    guard let digits = image.split(separator: ":").last, digits.utf8.count == 64 else {
      return image
    }
    return String(digits.prefix(12))
  }
}
