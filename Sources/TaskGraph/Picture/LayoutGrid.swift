// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sorts the tasks of a picture into bands, lanes and clusters, and decides how wide a cluster may be
// and which way time goes, by what fits best on a screen. Knows no order within a layer.

/// The groups of a picture, and the shapes that they can take.
struct LayoutGrid {
  /// Tasks of a band that belong to a phase and follow each other closely.
  struct Cluster {
    let band: Int
    let phase: String
    var firstLayer: Int
    var lastLayer: Int
    /// The column of the band that it stands in: clusters one after the other share one.
    var lane = 0
    /// How many of its tasks stand in each layer, from `firstLayer` on.
    var counts: [Int] = []
  }

  /// How wide lanes are and where layers begin.
  struct Shape {
    let goesDown: Bool
    /// For each band the widths of its lanes, in tasks.
    let laneWidths: [[Int]]
    let clusterWidths: [Int]
    /// For each layer, in how many rows it is broken.
    let rowsOf: [Int]
    /// For each layer its first row; one more, which is the number of rows.
    let firstRow: [Int]
    var rowCount: Int { firstRow.last ?? 0 }
  }

  /// Widest clusters that are tried, in tasks; layers that are wider break into rows.
  private static let widths = [1000, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1]
  /// By how much a break must enlarge the picture.
  private static let worthABreak = 1.04
  /// More layers than these between two tasks of a phase make two clusters of it.
  private static let widestGap = 2
  /// The screen that a picture should fit.
  private static let screen = (width: 1180.0, height: 800.0)

  let layers: [Int]
  let layerCount: Int
  /// The hosts in the order in which they come first; nil is this machine.
  let bands: [String?]
  private(set) var clusters: [Cluster] = []
  let clusterOf: [Int]
  private(set) var laneCounts: [Int] = []

  private struct Key: Hashable {
    let band: Int
    let phase: String
  }

  init(_ items: [PictureLayout.Item]) {
    layers = LayerAssignment.layers(items.map(\.before))
    layerCount = (layers.max() ?? -1) + 1
    var bands: [String?] = []
    var bandPlaces: [String?: Int] = [:]
    if items.contains(where: { $0.host == nil }) {
      bands.append(nil)
      bandPlaces[String?.none] = 0
    }
    // Keys are a band and a phase; a task goes on with the cluster of the layers before it.
    var open: [Key: Int] = [:]
    var clusterOf = [Int](repeating: 0, count: items.count)
    for item in items where bandPlaces[item.host] == nil {
      bandPlaces[item.host] = bands.count
      bands.append(item.host)
    }
    let layers = layers
    let byLayer = items.indices.sorted { left, right in
      layers[left] != layers[right] ? layers[left] < layers[right] : left < right
    }
    for position in byLayer {
      let layer = layers[position]
      let key = Key(band: bandPlaces[items[position].host] ?? 0, phase: items[position].phase)
      if let place = open[key], clusters[place].lastLayer + Self.widestGap >= layer - 1 {
        clusters[place].lastLayer = layer
        clusterOf[position] = place
      } else {
        open[key] = clusters.count
        clusterOf[position] = clusters.count
        clusters.append(
          Cluster(band: key.band, phase: key.phase, firstLayer: layer, lastLayer: layer))
      }
    }
    self.bands = bands
    self.clusterOf = clusterOf
    for place in clusters.indices {
      clusters[place].counts = [Int](
        repeating: 0, count: clusters[place].lastLayer - clusters[place].firstLayer + 1)
    }
    for (position, place) in clusterOf.enumerated() {
      clusters[place].counts[layers[position] - clusters[place].firstLayer] += 1
    }
    assignLanes()
  }

  /// Puts each cluster into the first lane of its band that is free where it begins.
  private mutating func assignLanes() {
    var ends: [[Int]] = bands.map { _ in [] }
    let order = clusters.indices.sorted { left, right in
      clusters[left].firstLayer != clusters[right].firstLayer
        ? clusters[left].firstLayer < clusters[right].firstLayer : left < right
    }
    for place in order {
      let cluster = clusters[place]
      if let lane = ends[cluster.band].firstIndex(where: { $0 < cluster.firstLayer }) {
        ends[cluster.band][lane] = cluster.lastLayer
        clusters[place].lane = lane
      } else {
        clusters[place].lane = ends[cluster.band].count
        ends[cluster.band].append(cluster.lastLayer)
      }
    }
    laneCounts = ends.map(\.count)
  }

  /// The shape that a screen shows largest.
  var best: Shape {
    var best = shape(mostAcross: Self.widths[0], goesDown: false)
    var bestScale = scale(best)
    for width in Self.widths {
      for goesDown in [false, true] {
        let other = shape(mostAcross: width, goesDown: goesDown)
        let scale = scale(other)
        if scale > bestScale * Self.worthABreak { (best, bestScale) = (other, scale) }
      }
    }
    return best
  }

  private func shape(mostAcross most: Int, goesDown: Bool) -> Shape {
    var lanes = laneCounts.map { [Int](repeating: 1, count: $0) }
    var widths: [Int] = []
    var rows = [Int](repeating: 1, count: layerCount)
    for cluster in clusters {
      let width = min(most, cluster.counts.max() ?? 1)
      widths.append(width)
      lanes[cluster.band][cluster.lane] = max(lanes[cluster.band][cluster.lane], width)
      for (place, count) in cluster.counts.enumerated() {
        let layer = cluster.firstLayer + place
        rows[layer] = max(rows[layer], (count + width - 1) / width)
      }
    }
    var first = [0]
    for count in rows { first.append((first.last ?? 0) + count) }
    return Shape(
      goesDown: goesDown, laneWidths: lanes, clusterWidths: widths, rowsOf: rows,
      firstRow: first)
  }

  /// How large a screen can show the whole; past full size nothing is gained.
  private func scale(_ shape: Shape) -> Double {
    let geometry = PictureLayout.Geometry(shape.goesDown)
    var across = 0
    for lanes in shape.laneWidths {
      across += geometry.bandLead + geometry.bandTrail
      for width in lanes {
        across += geometry.laneLead + width * geometry.acrossPitch + geometry.laneTrail
      }
    }
    let size = geometry.size(across: across, along: shape.rowCount * geometry.alongPitch)
    return min(
      1, Self.screen.width / Double(max(1, size.x)), Self.screen.height / Double(max(1, size.y)))
  }
}
