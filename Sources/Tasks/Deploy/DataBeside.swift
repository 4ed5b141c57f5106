// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What lies on a host under another name, or under this one and is somebody else's: what a deploy would take
// from others, run twice, or begin anew beside its own data, without a word. Decides from facts; asks nobody.

import TaskGraph

/// The names under which an application may be known on a host.
package struct ApplicationNames: Sendable, Hashable {
  /// What its containers are labelled with.
  package let deployment: ComposeNeighbour.Deployment
  /// What Compose itself would call it, or a deploy under an earlier setting.
  package let likely: Set<String>
  /// What its other environments are called, whose data is theirs.
  package let others: Set<String>
  /// Whether somebody said what it is called.
  package let isChosen: Bool
  /// Whether what another deployment runs under its name may be taken over.
  package let adopts: Bool
  /// Where `compose_project` is to be written: `environments.prod`.
  package let section: String

  /// Makes a value.
  package init(
    deployment: ComposeNeighbour.Deployment, likely: Set<String>, others: Set<String>,
    isChosen: Bool, adopts: Bool, section: String
  ) {
    self.deployment = deployment
    self.likely = likely
    self.others = others
    self.isChosen = isChosen
    self.adopts = adopts
    self.section = section
  }
}

/// What stands in the way of running an application under the name that it has.
struct DataBeside {
  let desired: DesiredHost
  let facts: HostFacts
  /// The Compose project.
  let project: String
  let names: ApplicationNames

  /// The error; nil where there is nothing to say.
  var error: TaskError? { foreign ?? twice ?? shared ?? leftBehind }

  /// Another deployment runs what would be replaced.
  private var foreign: TaskError? {
    guard !names.adopts,
      let owner = facts.projects[project]?.deployments.subtracting([names.deployment]).min(by: {
        ($0.project, $0.environment) < ($1.project, $1.environment)
      })
    else { return nil }
    return TaskError(
      .input,
      "the Compose project `\(project)` on `\(facts.host)` is run by the project `\(owner.project)` for "
        + "`\(owner.environment)`: each would replace what the other runs",
      hint: "give `\(names.section)` another `compose_project`; where that is an old name of this "
        + "application, `--adopt` takes over what it runs")
  }

  /// It runs under another name already.
  private var twice: TaskError? {
    guard facts.containers.isEmpty else { return nil }
    let found = facts.projects.filter { other, has in
      other != project && has.deployments.contains(names.deployment)
    }
    guard let other = found.keys.min() else { return nil }
    return TaskError(
      .input, "`\(facts.host)` runs this application as `\(other)`, and it would run twice",
      hint: "write `compose_project: \(other)` into `\(names.section)`; or take it down on "
        + "`\(facts.host)`: docker compose --project-name \(other) down (volumes stay)")
  }

  /// Of a project that is there already, a volume that is new is meant to be new, and one that is used is
  /// its own.
  private var isNew: Bool {
    facts.containers.isEmpty && facts.projects[project]?.volumes.isEmpty != false
  }

  /// The volumes that its services write: their names here and there.
  private var volumes: [(service: String, key: String, name: String)] {
    desired.services.flatMap { service in
      (desired.volumes[service.name] ?? [:]).sorted { $0.key < $1.key }.map {
        (service.name, $0.key, $0.value)
      }
    }
  }

  /// A volume by a name of its own is another project's, whose service is there.
  private var shared: TaskError? {
    guard facts.containers.isEmpty else { return nil }
    for (service, key, name) in volumes {
      let users = facts.projects.filter { other, has in
        other != project && has.volumes.values.contains(name) && has.services.contains(service)
      }
      guard let other = users.keys.min() else { continue }
      return TaskError(
        .input,
        "volume `\(key)` of `\(service)` is `\(name)`, which `\(service)` of the Compose project "
          + "`\(other)` has on `\(facts.host)`: two would write to it",
        hint: "take that one down first, or take it over: `compose_project: \(other)` in "
          + "`\(names.section)`")
    }
    return nil
  }

  /// A volume would be new and empty though data of the same application is there.
  private var leftBehind: TaskError? {
    guard isNew, let there = facts.resources else { return nil }
    let services = Set(desired.services.map(\.name))
    for (service, key, name) in volumes where !there.contains("volume \(name)") {
      let owners = facts.projects.filter { other, has in
        other != project && !names.others.contains(other) && has.volumes[key] != nil
          && (names.likely.contains(other) || !names.isChosen && has.services == services)
          && has.deployments.allSatisfy { $0.environment == names.deployment.environment }
      }
      // Its own name for it tells more than its services, which others may have as well.
      let first = owners.min {
        (names.likely.contains($0.key) ? 0 : 1, $0.key) < (
          names.likely.contains($1.key) ? 0 : 1, $1.key
        )
      }
      guard let (other, has) = first, let old = has.volumes[key] else { continue }
      let owner = has.deployments.map(\.project).min()
      let message =
        "volume `\(key)` of `\(service)` would be new and empty on `\(facts.host)`, while `\(old)` of the "
        + "Compose project `\(other)` is there"
      guard let owner else {
        return TaskError(
          .input, message,
          hint:
            "to take it over, write `compose_project: \(other)` into `\(names.section)`; to begin "
            + "with nothing, `--new-volumes`")
      }
      return TaskError(
        .input, message + ", which the project `\(owner)` runs",
        hint:
          "where that is another application, `--new-volumes`; where it is an old name of this one, "
          + "write `compose_project: \(other)` into `\(names.section)` and say `--adopt` once")
    }
    return nil
  }
}
