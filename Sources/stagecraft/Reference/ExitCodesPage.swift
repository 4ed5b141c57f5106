// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The page of exit codes. A pure function of the list of them.

/// docs/reference/exit-codes.md.
enum ExitCodesPage {
  /// The text of the page.
  static var text: String {
    Markdown.head(
      "Exit codes",
      "The same for every command; scripts may rely on them. Where several things failed, the worst "
        + "counts: a bug before what failed outside, that before your input.")
      + Markdown.table(
        ["code", "meaning", "what to do"],
        ExitStatus.allCases.map { ["\($0.rawValue)", $0.meaning, $0.advice] })
  }
}
