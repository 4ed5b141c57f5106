// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds a shortest cycle in every knot of tasks that need each other. Knows positions only.

/// Finds cycles among tasks.
enum CycleFinder {
  /// How many edges the search for a shortest cycle may look at in one knot.
  private static let budget = 2_000_000

  /// For every strongly connected component with a cycle of two or more tasks, a shortest cycle,
  /// starting at its first task in file order; components in file order.
  ///
  /// Shortest holds as long as the search stays within its budget; beyond it, the shortest found.
  static func cycles(in graph: NeedGraph) -> [[Int]] {
    components(of: graph).filter { $0.count > 1 }.map { component in
      shortest(in: component, of: graph)
    }.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
  }

  private static func shortest(in component: [Int], of graph: NeedGraph) -> [Int] {
    let members = Set(component)
    var best: [Int] = []
    var spent = 0
    for start in component.sorted() {
      var from: [Int: Int] = [start: start]
      var layer = [start]
      var depth = 1
      search: while !layer.isEmpty, best.isEmpty || depth < best.count {
        var next: [Int] = []
        for task in layer {
          for need in graph.needs(task).lazy.map(Int.init) where members.contains(need) {
            spent += 1
            if need == start, task != start {
              best = path(to: task, from: from, start: start)
              break search
            }
            if from[need] == nil {
              from[need] = task
              next.append(need)
            }
          }
        }
        layer = next
        depth += 1
      }
      if best.count == 2 || (spent > budget && !best.isEmpty) { break }
    }
    return rotated(best)
  }

  private static func path(to end: Int, from: [Int: Int], start: Int) -> [Int] {
    var path = [end]
    var task = end
    while task != start, let previous = from[task] {
      path.append(previous)
      task = previous
    }
    return path.reversed()
  }

  private static func rotated(_ cycle: [Int]) -> [Int] {
    guard let first = cycle.min(), let index = cycle.firstIndex(of: first) else { return cycle }
    return Array(cycle[index...] + cycle[..<index])
  }

  /// The strongly connected components: Tarjan's algorithm with its own stack, since a chain of a
  /// million tasks is deeper than the machine's.
  private static func components(of graph: NeedGraph) -> [[Int]] {
    var index = [Int32](repeating: -1, count: graph.count)
    var low = index
    var onStack = [Bool](repeating: false, count: graph.count)
    var stack: [Int] = []
    var counter: Int32 = 0
    var result: [[Int]] = []
    for root in 0..<graph.count where index[root] < 0 {
      var calls: [(task: Int, edge: Int)] = [(root, graph.needs(root).startIndex)]
      (index[root], low[root], onStack[root]) = (counter, counter, true)
      counter += 1
      stack.append(root)
      while let (task, edge) = calls.last {
        let needs = graph.needs(task)
        if edge < needs.endIndex {
          calls[calls.count - 1].edge += 1
          let need = Int(needs[edge])
          if index[need] < 0 {
            (index[need], low[need], onStack[need]) = (counter, counter, true)
            counter += 1
            stack.append(need)
            calls.append((need, graph.needs(need).startIndex))
          } else if onStack[need] {
            low[task] = min(low[task], index[need])
          }
          continue
        }
        calls.removeLast()
        if let parent = calls.last?.task { low[parent] = min(low[parent], low[task]) }
        guard low[task] == index[task] else { continue }
        var component: [Int] = []
        repeat {
          guard let member = stack.popLast() else { break }
          onStack[member] = false
          component.append(member)
        } while component.last != task
        result.append(component)
      }
    }
    return result
  }
}
