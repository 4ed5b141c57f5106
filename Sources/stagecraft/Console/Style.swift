// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Colours text where colour is wanted, and leaves it alone elsewhere. The only file with colour codes.

import TaskGraph

/// How text for one stream is coloured.
struct Style: Sendable, Hashable {
  /// What a piece of text is; the colour follows.
  enum Role: String, Sendable, CaseIterable {
    case bold = "1"
    case faint = "2"
    case bad = "31"
    case good = "32"
    case caution = "33"
    case active = "36"
  }

  let isColored: Bool

  static let plain = Style(isColored: false)

  /// Decides for one stream: `--no-color` and `--color` first, then `NO_COLOR` and
  /// `STAGECRAFT_NO_COLOR`, then whether a terminal that knows colours reads it.
  static func decide(
    flag: Bool?, isTerminal: Bool, variable: (String) -> String?
  ) -> Style {
    if let flag { return Style(isColored: flag) }
    for name in ["NO_COLOR", "STAGECRAFT_NO_COLOR"] {
      if let value = variable(name), !value.isEmpty { return .plain }
    }
    return Style(isColored: isTerminal && variable("TERM") != "dumb")
  }

  /// The text in the colour of its role.
  func callAsFunction(_ role: Role, _ text: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Colours a drawing of a graph.
  func paint(_ tint: GraphTint, _ text: String) -> String {
    switch tint {
    case .hit: self(.good, text)
    case .run: self(.caution, text)
    case .maybe: self(.active, text)
    case .heading: self(.bold, text)
    case .faint: self(.faint, text)
    }
  }
}
