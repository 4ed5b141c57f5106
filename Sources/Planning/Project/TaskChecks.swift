// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What tasks say about each other: needs that exist, no circles, no two writers of one place, no
// reader that does not wait. Works on tasks already checked on their own.

/// The checks that need all tasks of a project.
struct TaskChecks {
  private let project: Project
  private let names: [String]

  /// Makes the checks; `taskNames` are the names of all tasks, also of those with faults.
  init(_ project: Project, taskNames: [String]) {
    self.project = project
    self.names = taskNames
  }

  /// Reports every fault.
  func check(into reading: inout Reading) {
    var broken: Set<Int> = []
    var written: Set<String>?
    let tasks = project.tasks
    let graph = NeedGraph(count: tasks.count) { position, edges in
      for need in tasks[position].needs {
        if let target = project.position(ofTask: need.name) {
          if target == position {
            reading.report(.needsItself(need.name), at: need)
          } else {
            edges.append(Int32(target))
          }
        } else {
          broken.insert(position)
          reportUnknown(need, written: &written, into: &reading)
        }
      }
    }
    for service in project.services {
      for need in service.needs where project.position(ofTask: need.name) == nil {
        reportUnknown(need, written: &written, into: &reading)
      }
    }
    let levels = graph.levels()
    if levels == nil {
      for cycle in CycleFinder.cycles(in: graph) { report(cycle, into: &reading) }
    }
    let index = OutputIndex(tasks)
    ArtifactCheck(tasks: tasks, index: index).checkOutputs(into: &reading)
    if let levels {
      ArtifactCheck(tasks: tasks, index: index)
        .checkInputs(
          skipping: broken, reachability: NeedReachability(graph, levels: levels),
          into: &reading)
    }
  }

  private func reportUnknown(
    _ need: Reference, written: inout Set<String>?, into reading: inout Reading
  ) {
    let known = written ?? Set(names)
    written = known
    // A task whose own faults kept it out of the project is not unknown.
    guard !known.contains(need.name) else { return }
    reading.report(
      .unknownTask(need.name, nearest: reading.nearest(to: need.name, among: names)), at: need)
  }

  private func report(_ cycle: [Int], into reading: inout Reading) {
    let tasks = project.tasks
    var edges: [Diagnostic.Note] = []
    for (step, task) in cycle.enumerated() {
      let target = tasks[cycle[(step + 1) % cycle.count]].name
      guard let need = tasks[task].needs.first(where: { $0.name == target }) else { continue }
      edges.append(
        Diagnostic.Note(
          .needs(task: tasks[task].name, need: target), at: need.location,
          length: need.length))
    }
    guard let first = edges.first else { return }
    reading.diagnostics.append(
      Diagnostic(
        .cycle(cycle.map { tasks[$0].name }), at: first.location, length: first.length,
        notes: Array(edges.dropFirst())))
  }
}
