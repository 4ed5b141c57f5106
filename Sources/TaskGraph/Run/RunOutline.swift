// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The shape of a run as a display needs it before the first task starts: who waits for whom, on which
// host, and how long each task took last. A value; runs nothing.

package import Cache

/// The tasks of a run with what is expected of them.
package struct RunOutline: Sendable, Hashable {
  /// One task.
  package struct Item: Sendable, Hashable {
    package let id: TaskID
    package let taskClass: TaskClass
    package let phase: String
    package let pool: Pool
    /// Positions of the tasks that it waits for, each before its own.
    package let needs: [Int32]
    /// What it is expected to take in nanoseconds: none for what need not run, nil for what is not
    /// known.
    package let expected: Int64?
    /// Where the user declared it: `stagecraft.yml:7:3`.
    package let declaredAt: String?

    /// Makes an item.
    package init(
      id: TaskID, taskClass: TaskClass, phase: String, pool: Pool, needs: [Int32],
      expected: Int64?, declaredAt: String? = nil
    ) {
      self.id = id
      self.taskClass = taskClass
      self.phase = phase
      self.pool = pool
      self.needs = needs
      self.expected = expected
      self.declaredAt = declaredAt
    }

    /// The host that it works on and its name there; nil for what belongs to no host.
    package var place: (host: Substring, step: Substring)? { RunOutline.place(of: id) }
  }

  package let items: [Item]

  /// Makes an outline.
  package init(_ items: [Item]) { self.items = items }

  /// What is expected of `graph`: what `plan` says need not run takes no time, all else what it took
  /// last.
  package init(_ graph: Graph, plan: [PlanEntry], index: TaskIndex) {
    let hits = Set(plan.lazy.filter { $0.status == .hit }.map(\.id))
    items = graph.nodes.map { node in
      Item(
        id: node.id, taskClass: node.taskClass, phase: node.policy.phase, pool: node.policy.pool,
        needs: node.dependencies,
        expected: hits.contains(node.id) ? 0 : index[node.id.text]?.duration,
        declaredAt: node.policy.declaredAt)
    }
  }

  /// The host that `host/NAME/STEP` names, and the step; nil for other names.
  package static func place(of id: TaskID) -> (host: Substring, step: Substring)? {
    guard id.text.utf8.starts(with: "host/".utf8) else { return nil }
    let rest = id.text.dropFirst("host/".count)
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    return (rest[..<slash], rest[rest.index(after: slash)...])
  }
}
