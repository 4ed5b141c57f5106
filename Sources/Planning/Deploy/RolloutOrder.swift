// SPDX-License-Identifier: AGPL-3.0-or-later
//
// In which order a plan comes to its hosts, read off the plan itself. A pure function of the entries.

package import TaskGraph

/// The waves of a rollout.
package struct RolloutOrder: Sendable, Hashable {
  /// The names of the hosts, wave by wave.
  package let waves: [[String]]

  /// The waves of a plan; none where it is not about hosts.
  package init(_ entries: [PlanEntry]) {
    var waves: [Int: Set<String>] = [:]
    for entry in entries {
      guard let host = entry.host else { continue }
      for gate in entry.dependsOn where gate.text.hasPrefix(DeployPlanning.wavePrefix) {
        guard let number = Int(gate.text.dropFirst(DeployPlanning.wavePrefix.utf8.count)) else {
          continue
        }
        waves[number, default: []].insert(host)
      }
    }
    self.waves = waves.sorted { $0.key < $1.key }.map { $0.value.sorted() }
  }

  /// `order: web-1, then web-2 and web-3`; nil where there is only one wave.
  package var text: String? {
    guard waves.count > 1 else { return nil }
    return "order: " + waves.map { $0.joined(separator: ", ") }.joined(separator: "; then ")
  }
}
