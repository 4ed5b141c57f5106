// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The order in which services start: what is waited for comes first. Pure.

import Tasks

/// The order of services by `depends_on`.
struct ServiceOrder {
  /// Names, each after all that it depends on; ties in the order of names.
  let names: [String]

  /// Orders services by what they depend on.
  ///
  /// Compose itself refuses cycles, so that there is an order.
  init(_ services: [(name: String, needs: [String])]) {
    let needs = Dictionary(uniqueKeysWithValues: services)
    var depths: [String: Int] = [:]
    func depth(_ name: String, _ below: Set<String>) -> Int {
      if let known = depths[name] { return known }
      guard !below.contains(name), let first = needs[name] else { return 0 }
      let found = first.map { depth($0, below.union([name])) + 1 }.max() ?? 0
      depths[name] = found
      return found
    }
    for service in services { _ = depth(service.name, []) }
    names = services.map(\.name).sorted {
      (depths[$0] ?? 0, $0) < (depths[$1] ?? 0, $1)
    }
  }
}
