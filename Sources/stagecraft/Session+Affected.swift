// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `plan affected`: what a change of a file, a variable or a service would touch, found by planning
// twice. Changes nothing and asks nobody.

import Planning
import SystemPackage
import TaskGraph
import Tasks

/// What is taken to change; at least one thing.
struct SupposedChange: Sendable, Hashable {
  var files: [String]
  var variables: [String]
  var services: [String]

  var isEmpty: Bool { files.isEmpty && variables.isEmpty && services.isEmpty }
}

extension Session {
  /// The tasks that a change would touch: of a deploy where the project has an environment, else of a
  /// build, and those of the project's own.
  func affected(by change: SupposedChange) async throws -> [PlanEntry] {
    let place = try Place(settings)
    let workspace = try loaded(place)
    let files = try change.files.map { try relative($0, to: place.location.root) }
    var goals: [Goal] = [
      workspace.settings == nil
        ? .build(services: [], push: false, version: nil)
        : .deploy(DeployRequest(selection: DeploySelection()))
    ]
    if !workspace.project.tasks.isEmpty {
      goals.append(.run(tasks: workspace.project.tasks.map(\.name)))
    }
    var found: [PlanEntry] = []
    for goal in goals {
      let ready = try await self.ready(workspace, for: goal)
      let run = try goalRun(
        goal, ready, RunFlags.Values(force: []), isReader: true,
        version: goal.isOnHosts
          ? try await version(of: goal, ready, place) : try await demandedVersion(of: goal, place),
        place)
      func plan(_ run: GoalRun, edited: [String] = []) async throws -> [PlanEntry] {
        try await run.plan(
          observers: SubprocessRunner(guardian: ChildGuard(program: place.program)),
          asksAround: false, edited: edited)
      }
      let before = try await plan(run)
      var touched: Set<TaskID> = []
      if !files.isEmpty {
        let after = AffectedTasks(before: before, after: try await plan(run, edited: files))
        touched.formUnion(after.entries.map(\.id))
        found += after.entries
      }
      for name in change.variables {
        let after = AffectedTasks(
          before: before, after: try await plan(run.changing(variable: name)))
        found += after.entries.filter { touched.insert($0.id).inserted }
      }
      for service in change.services where goal.needsVersion {
        let known = Set(before.compactMap(\.service)).sorted()
        guard known.contains(service) else {
          let nearest = Suggestion.nearest(to: service, among: known)
          throw CommandFailure(
            .input, "no task is about a service `\(TerminalText.sanitized(service))`",
            hint: nearest.map { "did you mean `\($0)`?" }
              ?? "known: " + known.map { "`\($0)`" }.joined(separator: ", "))
        }
        found += AffectedTasks(of: service, in: before).entries.filter {
          touched.insert($0.id).inserted
        }
      }
    }
    var seen: Set<TaskID> = []
    return found.filter { seen.insert($0.id).inserted }
  }

  /// A path as tasks name it: below the project's root.
  private func relative(_ path: String, to root: FilePath) throws -> String {
    let whole = try ProcessVariables.currentDirectory().pushing(FilePath(path))
      .lexicallyNormalized()
    var rest = whole
    guard rest.removePrefix(root.lexicallyNormalized()), !rest.isEmpty else {
      throw CommandFailure(
        .input, "`\(TerminalText.sanitized(path))` is not below the project's folder",
        hint: "name a file of the project")
    }
    return rest.string
  }

  /// Prints what a change would touch.
  func show(affected entries: [PlanEntry], _ format: GraphFormat) throws {
    let goal = "affected"
    switch format {
    case .json: JSONGraph.write(entries, goal: goal) { console.data($0) }
    case .text where entries.isEmpty: console.note("nothing would be touched")
    default:
      console.data(
        TextList.render(entries, showsAll: true, paint: console.dataStyle.paint))
      let services = Set(entries.compactMap(\.service)).sorted()
      if !services.isEmpty { console.data("services: \(services.joined(separator: ", "))\n") }
      let hosts = Set(entries.compactMap(\.host)).sorted()
      if !hosts.isEmpty { console.data("hosts: \(hosts.joined(separator: ", "))\n") }
    }
  }
}
