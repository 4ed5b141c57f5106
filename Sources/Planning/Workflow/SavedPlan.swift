// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A plan in a file: what would run and what that rests on, so that a later run does exactly this or
// says what moved. Its format is spec/schemas/saved-plan.schema.json.

import Cache
package import TaskGraph
import Tasks

/// A plan that was written down.
///
/// Holds no secret: values that may be one are digests with a key that is not in it.
package struct SavedPlan: JSONStorable, Hashable {
  /// One task of it.
  package struct Entry: Codable, Sendable, Hashable {
    /// The task's name.
    package let id: String
    package let host: String?
    package let service: String?
    /// `pure`, `observe` or `effect`.
    package let `class`: String
    /// `hit`, `run` or `maybe`.
    package let status: String
    /// Its key; null for an observation, and where it cannot be known before others ran.
    package let key: String?
    /// Of an observation, a digest of all that was seen; null where it is made later.
    package let digest: String?
    /// What it would change, part by part.
    package let differences: [Difference]
    /// Of an observation, what was seen, part by part.
    package let seen: [Observation]
  }

  /// What the run is asked for, so that nobody has to say it again.
  package struct Request: Codable, Sendable, Hashable {
    /// `deploy` or `rollback`.
    package var command: String
    package var services: [String] = []
    package var hosts: [String] = []
    package var roles: [String] = []
    /// Images whose names are looked up anew; null where none are.
    package var updates: [String]?
    package var newVolumes: Bool?
    package var adopt: Bool?
    /// What images are named after; null for a rollback.
    package var version: String?
    /// Of a rollback: the release or the version that it goes to; both null for the previous one.
    package var toRelease: String?
    package var toVersion: String?
  }

  /// Raised when a member changes its meaning or goes away.
  package static let currentVersion = 2

  /// The version of the format.
  package let version: Int
  /// As a person would say it: `deploy --services web`.
  package let goal: String
  package let request: Request
  package let environment: String
  /// Tells keys apart without telling them: plans of another machine cannot be compared.
  package let keyName: String
  /// In the order of the graph.
  package let tasks: [Entry]

  /// Writes down a plan; nil for a goal that is not about hosts.
  ///
  /// `version` is what images are named after, `key` the one for digests of secrets.
  package init?(
    goal: Goal, version: String?, environment: String, key: [UInt8], entries: [PlanEntry]
  ) {
    switch goal {
    case .deploy(let asked):
      request = Request(
        command: "deploy", services: asked.selection.services, hosts: asked.selection.hosts,
        roles: asked.selection.roles, updates: asked.updates.isEmpty ? nil : asked.updates,
        newVolumes: asked.allowsNewVolumes ? true : nil, adopt: asked.adopts ? true : nil,
        version: version)
    case .rollback(let asked):
      var request = Request(command: "rollback", hosts: asked.hosts)
      switch asked.target {
      case .previous: break
      case .release(let id): request.toRelease = id
      case .version(let version): request.toVersion = version
      }
      self.request = request
    case .build, .run, .migrate, .unlock: return nil
    }
    self.version = Self.currentVersion
    self.goal = goal.text
    self.environment = environment
    keyName = Digest.keyed(Array("plan".utf8), by: key).short
    tasks = entries.map { entry in
      let isObservation = entry.taskClass == .observe
      return Entry(
        id: entry.id.text, host: entry.host, service: entry.service,
        class: entry.taskClass.rawValue, status: entry.status.rawValue,
        key: isObservation ? nil : entry.state?.hex, digest: isObservation ? entry.state?.hex : nil,
        differences: entry.differences, seen: entry.seen ?? [])
    }
  }

  /// The goal that it is a plan of; nil for one that this program does not know.
  package var plannedGoal: Goal? {
    switch request.command {
    case "deploy":
      return .deploy(
        DeployRequest(
          selection: DeploySelection(
            services: request.services, hosts: request.hosts, roles: request.roles),
          version: request.version, updates: request.updates ?? [],
          allowsNewVolumes: request.newVolumes ?? false, adopts: request.adopt ?? false))
    case "rollback":
      let target: RollbackTarget.Choice =
        request.toRelease.map { .release($0) } ?? request.toVersion.map { .version($0) }
        ?? .previous
      return .rollback(RollbackRequest(target: target, hosts: request.hosts))
    default: return nil
    }
  }

  /// The effects that a run of it may carry out.
  package var permitted: Set<TaskID> {
    let changed = tasks.filter { $0.class == "effect" && $0.status != "hit" }.map { TaskID($0.id) }
    let uploads = changed.compactMap(DeployStep.init).filter { $0.name == "upload" }
    // A release that is laid on a host may be the one too many that makes the oldest go.
    return Set(changed + uploads.map { TaskID("host/\($0.host)/prune") })
  }

  /// One thing that is not as it was.
  package struct Movement: Sendable, Hashable {
    package let task: String
    package let host: String?
    /// The part of it: `container web-1`, `status`, `key`.
    package let part: String
    /// nil where it was not there.
    package let old: String?
    /// nil where it is gone.
    package let new: String?

    /// As a line for a person.
    package var text: String {
      let place = "`\(task)`" + (host.map { " on host `\($0)`" } ?? "")
      switch (old, new) {
      case (nil, nil): return "\(place): \(part) is another"
      case (nil, let new?): return "\(place): \(part) is new: \(new)"
      case (let old?, nil): return "\(place): \(part) is gone, it was \(old)"
      case (let old?, let new?): return "\(place): \(part) was \(old) and is \(new)"
      }
    }
  }

  /// What is different in `now`; first what was seen of the world, since the rest follows from it.
  package func moved(in now: SavedPlan) -> [Movement] {
    var seen: [Movement] = []
    var rest: [Movement] = []
    if goal != now.goal || environment != now.environment {
      rest.append(
        Movement(
          task: "plan", host: nil, part: "goal", old: "`\(goal)` in `\(environment)`",
          new: "`\(now.goal)` in `\(now.environment)`"))
    }
    let before = Dictionary(tasks.map { ($0.id, $0) }) { first, _ in first }
    let after = Set(now.tasks.map(\.id))
    for task in now.tasks {
      guard let old = before[task.id] else {
        rest.append(
          Movement(task: task.id, host: task.host, part: "task", old: nil, new: task.status))
        continue
      }
      let parts = Self.moved(from: old, to: task)
      seen += parts
      guard parts.isEmpty else { continue }
      // Whether a record saves the work of a pure task changes nothing in the world.
      if task.class == "pure" {
        guard let before = old.key, let now = task.key, before != now else { continue }
        rest += Self.changed(from: old, to: task)
      } else if old.status != task.status {
        rest.append(
          Movement(
            task: task.id, host: task.host, part: "status", old: "`\(old.status)`",
            new: "`\(task.status)`"))
      } else if old.key != task.key || old.digest != task.digest {
        rest += Self.changed(from: old, to: task)
      }
    }
    for task in tasks where !after.contains(task.id) {
      rest.append(
        Movement(task: task.id, host: task.host, part: "task", old: task.status, new: nil))
    }
    return seen + rest
  }

  /// The parts of an observation that moved.
  private static func moved(from old: Entry, to new: Entry) -> [Movement] {
    guard old.digest != new.digest || old.seen != new.seen else { return [] }
    let before = Dictionary(old.seen.map { ($0.part, $0.value) }) { first, _ in first }
    let after = Dictionary(new.seen.map { ($0.part, $0.value) }) { first, _ in first }
    return Set(before.keys).union(after.keys).sorted().compactMap { part in
      before[part] == after[part]
        ? nil
        : Movement(
          task: new.id, host: new.host, part: "`\(part)`", old: before[part].map(Self.shown),
          new: after[part].map(Self.shown))
    }
  }

  /// What another key comes from, where the differences tell.
  private static func changed(from old: Entry, to new: Entry) -> [Movement] {
    let parts = Set(new.differences).symmetricDifference(old.differences)
    let named = Set(parts.map { "`\(Difference.label($0.subject, $0.name))`" }).sorted()
    return named.isEmpty
      ? [Movement(task: new.id, host: new.host, part: "what it rests on", old: nil, new: nil)]
      : named.map { Movement(task: new.id, host: new.host, part: $0, old: nil, new: nil) }
  }

  private static func shown(_ value: String) -> String {
    value.isEmpty ? "nothing" : "`\(DifferenceFormat.value(value))`"
  }
}
