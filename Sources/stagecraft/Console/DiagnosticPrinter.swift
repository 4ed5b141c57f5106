// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Prints what is wrong with files: the drawing comes from Planning, only the colours from here. Knows
// no sentences.

import Planning

/// Prints diagnostics.
struct DiagnosticPrinter: Sendable {
  let style: Style

  /// All diagnostics, an empty line between two, ending with a line break; empty for none.
  func render(_ diagnostics: [Diagnostic], sources: [SourceFile]) -> String {
    if diagnostics.isEmpty { return "" }
    return diagnostics.map { painted($0, $0.render(sources: sources)) }
      .joined(separator: "\n\n") + "\n"
  }

  /// The first line is the sentence, after `error: ` or `warning: `.
  private func painted(_ diagnostic: Diagnostic, _ text: String) -> String {
    guard style.isColored, let colon = text.firstIndex(of: ":") else { return text }
    let end = text.firstIndex(of: "\n") ?? text.endIndex
    let role: Style.Role = diagnostic.severity == .error ? .bad : .caution
    return style(role, String(text[..<colon])) + style(.bold, String(text[colon..<end]))
      + text[end...]
  }
}
