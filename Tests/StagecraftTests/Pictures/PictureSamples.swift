// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plans of deploys of any size, with the names, phases and arrows that real ones have.

import Foundation
import TaskGraph
import TestSupport

enum PictureSamples {
  /// A deploy of `services` to `hosts`: images, then each host with its steps, in waves of a quarter.
  static func deploy(
    hosts: Int, services: Int, status: (String) -> PlanEntry.Status = { _ in .run }
  ) -> [PlanEntry] {
    var plan: [PlanEntry] = []
    func add(
      _ id: String, _ phase: String, after: [String], taskClass: TaskClass = .effect
    ) {
      let status: PlanEntry.Status = taskClass == .observe ? .run : status(id)
      let reason: Reason =
        taskClass == .observe
        ? .alwaysObserves
        : status == .hit ? .unchanged : status == .maybe ? .upstreamRuns([TaskID("x")]) : .neverRan
      plan.append(
        Samples.entry(id, status, reason, phase: phase, after: after, taskClass: taskClass))
    }
    add("compose/config", "prepare", after: [], taskClass: .pure)
    for service in 0..<services {
      add("image/s\(service)/context", "build", after: ["compose/config"], taskClass: .pure)
      add("image/s\(service)/build", "build", after: ["image/s\(service)/context"])
      add("image/s\(service)/push", "push", after: ["image/s\(service)/build"])
    }
    let images = (0..<services).map { "image/s\($0)/push" }
    let size = max(1, hosts / 4)
    var wave: [String] = images
    for host in 0..<hosts {
      let name = "host/web-\(host)"
      if host % size == 0 {
        add("rollout/wave-\(host / size)", "rollout", after: wave, taskClass: .observe)
        wave = []
      }
      add("\(name)/facts", "prepare", after: [], taskClass: .observe)
      add("\(name)/desired", "prepare", after: ["\(name)/facts"] + images, taskClass: .observe)
      for service in 0..<services {
        add("\(name)/pull/s\(service)", "rollout", after: ["\(name)/desired"])
        add(
          "\(name)/rollout/s\(service)/start", "rollout",
          after: ["\(name)/pull/s\(service)", "rollout/wave-\(host / size)"])
        add(
          "\(name)/rollout/s\(service)/healthy", "rollout",
          after: ["\(name)/rollout/s\(service)/start"])
      }
      add(
        "\(name)/receipt", "rollout",
        after: (0..<services).map { "\(name)/rollout/s\($0)/healthy" })
      wave.append("\(name)/receipt")
    }
    return plan
  }

  /// A graph without rules: arrows from earlier to later tasks, some hosts, some phases.
  static func random(_ count: Int, seed: UInt64) -> [PictureLayout.Item] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { position in
      var before: Set<Int> = []
      if position > 0 {
        for _ in 0..<generator.number(below: 4) { before.insert(generator.number(below: position)) }
      }
      let host = generator.chance(oneIn: 3) ? nil : "h\(generator.number(below: 5))"
      return PictureLayout.Item(
        host: host, phase: "p\(generator.number(below: 4))", before: before.sorted())
    }
  }

  /// Names and reasons that try to leave the place where they are printed.
  static let hostile = [
    Samples.entry("</script><script>alert(1)</script>", .run, .neverRan, phase: "a\"b<b>"),
    Samples.entry("<!--<script>", .run, .unknown("it's \"quoted\" & <b>bold</b>")),
    Samples.entry("evil\u{202E}gpj.exe", .run, .outputChanged("a\u{1B}[31mred\u{7}\u{0}b")),
    Samples.entry(
      "{{data}}", .maybe, .unknown("line\nbreak\ttab \u{2028} \u{FEFF}"), inputs: ["</style>"]),
  ]
}
