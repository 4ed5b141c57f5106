// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The one member that every saved plan has, whatever its format.

import Tasks

/// The format of a saved plan.
package struct PlanVersion: JSONStorable, Hashable {
  package let version: Int
}
