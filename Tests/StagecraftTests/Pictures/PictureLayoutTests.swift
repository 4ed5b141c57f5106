// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what every layout promises, for graphs without rules and for large deploys.

import TestSupport
import Testing

@testable import TaskGraph

struct PictureLayoutTests {
  private func overlap(_ left: PictureLayout.Box, _ right: PictureLayout.Box) -> Bool {
    left.x < right.x + right.width && right.x < left.x + left.width
      && left.y < right.y + right.height && right.y < left.y + left.height
  }

  private func contains(_ outer: PictureLayout.Box, _ inner: PictureLayout.Box) -> Bool {
    inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width
      && inner.y + inner.height <= outer.y + outer.height
  }

  private func boxes(_ layout: PictureLayout) -> [PictureLayout.Box] {
    layout.corners.map {
      PictureLayout.Box(
        x: $0.x, y: $0.y, width: PictureLayout.node.width, height: PictureLayout.node.height)
    }
  }

  private func items(_ plan: [PlanEntry]) -> [PictureLayout.Item] {
    Picture(plan, goal: "g", environment: "").tasks.map {
      PictureLayout.Item(host: $0.host, phase: $0.phase, before: $0.before)
    }
  }

  private func check(_ items: [PictureLayout.Item]) {
    let layout = PictureLayout(items)
    let boxes = boxes(layout)
    let whole = PictureLayout.Box(x: 0, y: 0, width: layout.width, height: layout.height)
    var places: [Int: [Int]] = [:]
    for position in items.indices {
      let cluster = layout.clusters[layout.clusterOf[position]]
      #expect(cluster.phase == items[position].phase)
      #expect(layout.bands[cluster.band].host == items[position].host)
      #expect(contains(cluster.box, boxes[position]))
      places[layout.clusterOf[position], default: []].append(position)
      for other in items[position].before {
        let isForward =
          layout.goesDown
          ? boxes[other].y + boxes[other].height < boxes[position].y
          : boxes[other].x + boxes[other].width < boxes[position].x
        #expect(isForward, "\(other) does not stand before \(position)")
      }
    }
    // Tasks can only overlap within a cluster, once clusters do not, and clusters within a band.
    for members in places.values {
      for (place, position) in members.enumerated() {
        for other in members[(place + 1)...] {
          #expect(!overlap(boxes[position], boxes[other]), "\(position) overlaps \(other)")
        }
      }
    }
    for (place, cluster) in layout.clusters.enumerated() {
      #expect(contains(layout.bands[cluster.band].box, cluster.box))
      for other in layout.clusters[(place + 1)...] { #expect(!overlap(cluster.box, other.box)) }
    }
    for (place, band) in layout.bands.enumerated() {
      #expect(contains(whole, band.box))
      for other in layout.bands[(place + 1)...] { #expect(!overlap(band.box, other.box)) }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 7, 20, 60, 150], [1, 2, 3] as [UInt64])
  func `no task overlaps another and every arrow goes forward`(count: Int, seed: UInt64) {
    check(PictureSamples.random(count, seed: seed))
  }

  @Test func `a deploy of two thousand tasks keeps the same promises`() {
    let items = items(PictureSamples.deploy(hosts: 60, services: 10))
    #expect(items.count > 1900)
    check(items)
  }

  @Test func `equal graphs are laid out alike`() {
    let items = PictureSamples.random(80, seed: 9)
    let (first, second) = (PictureLayout(items), PictureLayout(items))
    #expect(first.corners == second.corners)
    #expect(first.bands == second.bands)
    #expect(first.clusters == second.clusters)
  }

  @Test func `chains beside each other run straight`() {
    // Two chains that are named in turns: 0→2→4, 1→3→5.
    let items = (0..<6).map {
      PictureLayout.Item(host: nil, phase: "p", before: $0 < 2 ? [] : [$0 - 2])
    }
    let layout = PictureLayout(items)
    let across = layout.corners.map { layout.goesDown ? $0.x : $0.y }
    #expect(across[0] == across[2] && across[2] == across[4])
    #expect(across[1] == across[3] && across[3] == across[5])
    #expect(across[0] != across[1])
  }

  @Test func `crossed arrows are uncrossed`() {
    // Sources 0, 1, 2 lead to 5, 4, 3: drawn as named they would all cross.
    let before = [[], [], [], [2], [1], [0]]
    let layout = PictureLayout(
      before.map { PictureLayout.Item(host: nil, phase: "p", before: $0) })
    let across = layout.corners.map { layout.goesDown ? $0.x : $0.y }
    for (left, right) in [(0, 1), (1, 2), (0, 2)] {
      let ends = (5 - left, 5 - right)
      #expect((across[left] < across[right]) == (across[ends.0] < across[ends.1]))
    }
  }

  @Test func `tasks of a phase that lie far apart stand in boxes of their own`() {
    let items = (0..<8).map {
      PictureLayout.Item(
        host: nil, phase: $0 % 7 == 0 ? "ends" : "middle", before: $0 == 0 ? [] : [$0 - 1])
    }
    #expect(PictureLayout(items).clusters.map(\.phase).sorted() == ["ends", "ends", "middle"])
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `the arrows that are left reach exactly what all arrows reach`(seed: UInt64) {
    let before = PictureSamples.random(90, seed: seed).map(\.before)
    func reach(_ before: [[Int]]) -> [Set<Int>] {
      var reach: [Set<Int>] = []
      for others in before {
        reach.append(others.reduce(into: []) { $0.formUnion(reach[$1].union([$1])) })
      }
      return reach
    }
    let reduced = EdgeReduction.reduce(before)
    #expect(reach(reduced) == reach(before))
    // And none of them could go as well.
    let whole = reach(before)
    for others in reduced {
      for other in others { #expect(!others.contains { $0 != other && whole[$0].contains(other) }) }
    }
  }

  @Test func `the critical path is the longest chain of what takes time`() {
    let before = [[], [0], [0], [1, 2], [3]]
    let path = CriticalPath(
      before, weights: [5, 10, 20, 1, 100], isPart: [true, true, true, true, false])
    #expect(path.tasks == [0, 2, 3])
    #expect(path.length == .nanoseconds(26))
    #expect(CriticalPath([], weights: [], isPart: []).tasks.isEmpty)
    // Without times, the chain with more tasks.
    #expect(
      CriticalPath(before, weights: [0, 0, 0, 0, 0], isPart: [true, false, true, true, true]).tasks
        == [0, 2, 3, 4])
  }

  @Test func `names of tasks tell their place`() {
    func place(_ id: String) -> [String?] {
      let place = TaskPlace(TaskID(id))
      return [place.host, place.service, place.label]
    }
    #expect(place("host/h1/rollout/web/start") == ["h1", "web", "web/start"])
    #expect(place("host/h1/pull/api") == ["h1", "api", "pull/api"])
    #expect(place("host/h1/receipt") == ["h1", nil, "receipt"])
    #expect(place("image/api/build") == [nil, "api", "api/build"])
    #expect(place("migrate/main/pre") == [nil, nil, "migrate/main/pre"])
    #expect(place("lint") == [nil, nil, "lint"])
    #expect(place("host//x") == [nil, nil, "host//x"])
  }
}
