// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says in one line what an effect would change. The only place with words about differences; knows no
// display.

import Cache

/// Puts differences into words.
package enum DifferenceFormat {
  /// ``image  shop/api@3f9a0b1c2d3e → shop/api@77aa0b1c2d3e``.
  package static func text(_ difference: Difference) -> String {
    if difference.subject == .shared, difference.old != nil, difference.new != nil {
      return "shares \(difference.name), which is replaced"
    }
    let subject = Difference.label(difference.subject, difference.name)
    switch (difference.old, difference.new) {
    case (nil, nil): return subject
    case (nil, let new?): return "\(subject)  new: \(value(new))"
    case (let old?, nil): return "\(subject)  goes: \(value(old))"
    case (let old?, let new?): return "\(subject)  \(value(old)) → \(value(new))"
    }
  }

  /// A line each; of something that is all new only what a person would ask for, the rest by name.
  package static func lines(_ differences: [Difference]) -> [String] {
    let isNew = !differences.isEmpty && differences.allSatisfy { $0.old == nil }
    guard isNew, differences.count > 3 else { return differences.map(text) }
    var lines = differences.filter { $0.subject == .image }.map(text)
    for (subject, plural) in [
      (Difference.Subject.port, "ports"), (.variable, "variables"), (.file, "files"),
      (.setting, "settings"),
    ] {
      let names = differences.filter { $0.subject == subject }.map(\.name)
      if !names.isEmpty { lines.append("\(plural)  new: \(names.joined(separator: ", "))") }
    }
    return lines
  }

  /// A value as people want to see it: digests in it by their first digits.
  package static func value(_ text: String) -> String {
    guard let mark = text.firstRange(of: "sha256:") else {
      return Digest(hex: text)?.short ?? text
    }
    let rest = text[mark.upperBound...]
    guard let digest = Digest(hex: String(rest)) else { return text }
    return text[..<mark.lowerBound] + digest.short
  }
}
