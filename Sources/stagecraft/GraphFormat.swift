// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The forms in which a plan can be printed.

import ArgumentParser

/// A form in which `plan` prints.
enum GraphFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  case text, html, svg, dot, mermaid, json
}
