// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Waits until something that another process does has happened. Has a limit, and says whether it was
// reached; it never stands for "long enough".

import Foundation

/// Waits until `condition` holds; false where it does not within `seconds`.
func eventually(within seconds: Double = 60, _ condition: () throws -> Bool) rethrows -> Bool {
  let end = DispatchTime.now() + seconds
  while try !condition() {
    if DispatchTime.now() > end { return false }
    poll(nil, 0, 10)
  }
  return true
}
