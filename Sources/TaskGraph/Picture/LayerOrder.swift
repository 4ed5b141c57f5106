// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Orders the tasks of each layer so that arrows cross little and chains run straight. A pure function
// of arrows and the groups that tasks stand in.

/// Gives each task its row and its slot across.
///
/// The barycentre method (Sugiyama, Tagawa, Toda: "Methods for visual understanding of hierarchical
/// system structures", 1981): each task moves to the middle of its neighbours, in sweeps down and up;
/// the sweep with the shortest arrows counts.
struct LayerOrder {
  /// Where a task stands.
  struct Place: Hashable {
    var row: Int
    /// Within the lane of its cluster.
    var slot: Int
  }

  private static let sweeps = 6

  private(set) var places: [Place]
  private let before: [[Int]]
  private let after: [[Int]]
  private let start: [Int]
  /// Positions by cell, which is a cluster in a layer; cells in the order of layers.
  private var cells: [Cell] = []

  private struct Cell {
    let width: Int
    let lane: Int
    let firstRow: Int
    var tasks: [Int]
  }

  init(_ before: [[Int]], _ grid: LayoutGrid, _ shape: LayoutGrid.Shape) {
    self.before = before
    var after = [[Int]](repeating: [], count: before.count)
    for position in before.indices {
      for other in before[position] { after[other].append(position) }
    }
    self.after = after
    places = [Place](repeating: Place(row: 0, slot: 0), count: before.count)

    var laneStart: [[Int]] = []
    var total = 0
    for lanes in shape.laneWidths {
      var starts: [Int] = []
      for width in lanes {
        starts.append(total)
        total += width + 1
      }
      laneStart.append(starts)
      total += 1
    }
    var start = [Int](repeating: 0, count: before.count)
    var found: [[Int: [Int]]] = [[Int: [Int]]](
      repeating: [:], count: grid.layerCount)
    for position in before.indices {
      let cluster = grid.clusters[grid.clusterOf[position]]
      start[position] = laneStart[cluster.band][cluster.lane]
      found[grid.layers[position]][grid.clusterOf[position], default: []].append(position)
    }
    self.start = start
    for layer in found.indices {
      for (place, tasks) in found[layer].sorted(by: { $0.key < $1.key }) {
        let cluster = grid.clusters[place]
        cells.append(
          Cell(
            width: shape.clusterWidths[place],
            lane: shape.laneWidths[cluster.band][cluster.lane],
            firstRow: shape.firstRow[layer], tasks: tasks))
      }
    }
    for cell in cells.indices { settle(cell, wishes: nil) }
    sweep()
  }

  private mutating func sweep() {
    var best = (places: places, length: length)
    for number in 0..<Self.sweeps {
      let neighbours = number % 2 == 0 ? before : after
      for cell in number % 2 == 0 ? Array(cells.indices) : cells.indices.reversed() {
        let wishes = cells[cell].tasks.map { task -> Double in
          let others = neighbours[task]
          guard !others.isEmpty else { return Double(start[task] + places[task].slot) }
          // Those of the same lane count more: chains run straight.
          var sum = 0.0
          var weights = 0.0
          for other in others {
            let weight = start[other] == start[task] ? 4.0 : 1.0
            sum += weight * Double(start[other] + places[other].slot)
            weights += weight
          }
          return sum / weights
        }
        settle(cell, wishes: wishes)
      }
      let length = length
      if length < best.length { best = (places, length) }
    }
    places = best.places
  }

  /// Orders a cell by what its tasks wish for, each as near to that as those beside it allow.
  private mutating func settle(_ cell: Int, wishes: [Double]?) {
    let (width, lane, firstRow) = (cells[cell].width, cells[cell].lane, cells[cell].firstRow)
    var tasks = cells[cell].tasks
    guard tasks.count <= width else {
      // More than fit side by side: row after row, in the order of their wishes.
      if let wishes { tasks = Self.sorted(tasks, by: wishes).map(\.task) }
      for (place, task) in tasks.enumerated() {
        places[task] = Place(row: firstRow + place / width, slot: place % width)
      }
      cells[cell].tasks = tasks
      return
    }
    guard let wishes else {
      let margin = (lane - tasks.count) / 2
      for (place, task) in tasks.enumerated() {
        places[task] = Place(row: firstRow, slot: margin + place)
      }
      return
    }
    let sorted = Self.sorted(tasks, by: wishes)
    var slots: [Int] = []
    for (place, item) in sorted.enumerated() {
      let wish = Int((item.wish - Double(start[item.task])).rounded())
      let least = (slots.last ?? -1) + 1
      slots.append(min(max(wish, least), lane - (sorted.count - place)))
    }
    for (item, slot) in zip(sorted, slots) {
      places[item.task] = Place(row: firstRow, slot: slot)
    }
    cells[cell].tasks = sorted.map(\.task)
  }

  private static func sorted(_ tasks: [Int], by wishes: [Double]) -> [(task: Int, wish: Double)] {
    zip(tasks, wishes).enumerated().sorted { left, right in
      left.element.1 != right.element.1
        ? left.element.1 < right.element.1 : left.offset < right.offset
    }.map { (task: $0.element.0, wish: $0.element.1) }
  }

  /// How far all arrows lean.
  private var length: Int {
    var sum = 0
    for position in before.indices {
      for other in before[position] {
        sum += abs(start[other] + places[other].slot - start[position] - places[position].slot)
      }
    }
    return sum
  }
}
