// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What of a manifest a person would call an input.

import Cache

extension Manifest {
  /// Files, variables and tools, sorted: `api/server.py`, `$MODE`, `tool git`.
  var inputNames: [String] {
    entries.compactMap { entry in
      switch entry.field {
      case .input: entry.name
      case .environment, .secret: "$" + entry.name
      case .tool: "tool " + entry.name
      default: nil
      }
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
