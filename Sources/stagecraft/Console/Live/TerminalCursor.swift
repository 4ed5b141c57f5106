// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Remembers whether the cursor is hidden, so that an immediate exit can show it again. Knows no
// display.

import Synchronization

/// The cursor of the terminal on standard error.
enum TerminalCursor {
  private static let isHidden = Atomic<Bool>(false)

  /// Takes note of what `text` does to the cursor.
  static func note(_ text: String) {
    if text.contains(LiveScreen.showCursor) {
      isHidden.store(false, ordering: .relaxed)
    } else if text.contains(LiveScreen.hideCursor) {
      isHidden.store(true, ordering: .relaxed)
    }
  }

  /// Shows the cursor if a display has hidden it.
  static func restore() {
    if isHidden.exchange(false, ordering: .relaxed) {
      StandardStream.error.write("\r\u{1B}[J" + LiveScreen.showCursor)
    }
  }
}
