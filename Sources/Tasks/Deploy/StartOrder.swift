// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The order in which services start: after those they wait for. Pure.

/// Orders services.
package enum StartOrder {
  /// `names` in an order in which each stands after those of them that it depends on, directly or
  /// through services that are not among them; else by name.
  package static func sorted(_ names: [String], in model: ComposeModel) -> [String] {
    let wanted = Set(names)
    var ordered: [String] = []
    var seen: Set<String> = []
    func visit(_ name: String) {
      guard seen.insert(name).inserted else { return }
      for dependency in model.service(name)?.dependencies ?? [] { visit(dependency.service) }
      if wanted.contains(name) { ordered.append(name) }
    }
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { visit(name) }
    return ordered
  }
}
