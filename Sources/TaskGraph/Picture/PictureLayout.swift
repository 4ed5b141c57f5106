// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Places the tasks of a picture: a band a host, in it a box a phase, layer by layer in the direction
// of time. A pure function of arrows and groups; knows no colours and no format.

/// Where everything in a picture stands, in units of a pixel at full size.
///
/// No two tasks overlap, and each stands behind all that it waits for. Between layers and between
/// neighbours there is room, in which arrows can run without touching a task.
package struct PictureLayout: Sendable {
  /// A rectangle.
  package struct Box: Sendable, Hashable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int
  }

  /// All tasks of a host, or of this machine.
  package struct Band: Sendable, Hashable {
    /// nil for this machine.
    package let host: String?
    package let box: Box
  }

  /// The tasks of a band that belong to a phase.
  package struct Cluster: Sendable, Hashable {
    package let band: Int
    package let phase: String
    package let box: Box
  }

  /// What the layout needs to know of a task.
  package struct Item: Sendable {
    package let host: String?
    package let phase: String
    /// Positions of what it waits for, each smaller than its own.
    package let before: [Int]

    /// Makes an item.
    package init(host: String?, phase: String, before: [Int]) {
      self.host = host
      self.phase = phase
      self.before = before
    }
  }

  /// Whether time goes down the page; else it goes to the right.
  package let goesDown: Bool
  /// The upper left corner of each task.
  package let corners: [Point]
  /// The cluster of each task.
  package let clusterOf: [Int]
  package let clusters: [Cluster]
  package let bands: [Band]
  package let width: Int
  package let height: Int

  /// A place.
  package struct Point: Sendable, Hashable {
    package let x: Int
    package let y: Int
  }

  /// The size of a task.
  package static let node = (width: 184, height: 42)

  /// Places `items`.
  package init(_ items: [Item]) {
    let grid = LayoutGrid(items)
    let shape = grid.best
    let rows = LayerOrder(items.map(\.before), grid, shape).places
    let geometry = Geometry(shape.goesDown)

    var bandStart: [Int] = []
    var laneStart: [[Int]] = []
    var across = 0
    for band in grid.bands.indices {
      bandStart.append(across)
      across += geometry.bandLead
      var starts: [Int] = []
      for width in shape.laneWidths[band] {
        across += geometry.laneLead
        starts.append(across)
        across += width * geometry.acrossPitch - geometry.acrossGap + geometry.laneTrail
      }
      laneStart.append(starts)
      across += geometry.bandTrail
    }
    let along = shape.rowCount * geometry.alongPitch - geometry.alongGap

    corners = items.indices.map { position in
      let cluster = grid.clusters[grid.clusterOf[position]]
      let start = laneStart[cluster.band][cluster.lane]
      return geometry.point(
        across: start + rows[position].slot * geometry.acrossPitch,
        along: rows[position].row * geometry.alongPitch)
    }
    clusters = grid.clusters.map { cluster in
      let first = shape.firstRow[cluster.firstLayer]
      let last = shape.firstRow[cluster.lastLayer] + shape.rowsOf[cluster.lastLayer] - 1
      let start = laneStart[cluster.band][cluster.lane]
      let width = shape.laneWidths[cluster.band][cluster.lane]
      return Cluster(
        band: cluster.band, phase: cluster.phase,
        box: geometry.cluster(
          across: start..<(start + width * geometry.acrossPitch - geometry.acrossGap),
          along: (first * geometry.alongPitch)..<((last + 1) * geometry.alongPitch
            - geometry.alongGap)))
    }
    bands = grid.bands.indices.map { band in
      let end =
        (band + 1 < bandStart.count ? bandStart[band + 1] : across) - Geometry.betweenBands
      return Band(
        host: grid.bands[band],
        box: geometry.band(across: bandStart[band]..<max(end, bandStart[band]), along: 0..<along))
    }
    clusterOf = grid.clusterOf
    goesDown = shape.goesDown
    let size = geometry.size(across: max(0, across - Geometry.betweenBands), along: along)
    (width, height) = (size.x, size.y)
  }

  /// Sizes along and across the direction of time, and their way back to the page.
  struct Geometry {
    static let betweenBands = 28
    let goesDown: Bool
    let acrossGap: Int
    let alongGap: Int
    /// Room for the name of a band and its frame.
    let bandLead: Int
    let bandTrail: Int
    /// Room for the frame of a cluster, and its name where names stand beside the lanes.
    let laneLead: Int
    let laneTrail: Int
    /// Room before the first layer and behind the last.
    let head: Int
    let tail: Int

    init(_ goesDown: Bool) {
      self.goesDown = goesDown
      (acrossGap, alongGap) = goesDown ? (22, 40) : (14, 64)
      (bandLead, bandTrail) = goesDown ? (6, 6 + Self.betweenBands) : (30, 4 + Self.betweenBands)
      (laneLead, laneTrail) = goesDown ? (14, 14) : (26, 10)
      (head, tail) = goesDown ? (62, 16) : (24, 24)
    }

    var acrossPitch: Int {
      (goesDown ? PictureLayout.node.width : PictureLayout.node.height) + acrossGap
    }

    var alongPitch: Int {
      (goesDown ? PictureLayout.node.height : PictureLayout.node.width) + alongGap
    }

    func point(across: Int, along: Int) -> Point {
      goesDown ? Point(x: across, y: head + along) : Point(x: head + along, y: across)
    }

    func cluster(across: Range<Int>, along: Range<Int>) -> Box {
      goesDown
        ? Box(
          x: across.lowerBound - 10, y: head + along.lowerBound - 22,
          width: across.count + 20, height: along.count + 30)
        : Box(
          x: head + along.lowerBound - 10, y: across.lowerBound - 22,
          width: along.count + 20, height: across.count + 30)
    }

    func band(across: Range<Int>, along: Range<Int>) -> Box {
      let length = along.count + head + tail
      return goesDown
        ? Box(x: across.lowerBound, y: 0, width: across.count, height: length)
        : Box(x: 0, y: across.lowerBound, width: length, height: across.count)
    }

    func size(across: Int, along: Int) -> Point {
      goesDown
        ? Point(x: across, y: along + head + tail) : Point(x: along + head + tail, y: across)
    }
  }
}
