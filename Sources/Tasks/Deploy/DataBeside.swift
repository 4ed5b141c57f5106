// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Data of the same application that lies on a host under another name: what a first deploy would start
// beside, empty, without a word. Decides from facts; asks nobody.

import TaskGraph

/// The names under which Compose may know an application on a host.
package struct ApplicationNames: Sendable, Hashable {
  /// What Compose itself, or a deploy under an earlier setting, would call it.
  package let likely: Set<String>
  /// What its other environments are called, whose data is theirs.
  package let others: Set<String>
  /// What it would be called without `compose_project`; nil where that is not set.
  package let plain: String?
  /// Where `compose_project` is to be written: `environments.prod`.
  package let section: String

  /// Makes a value.
  package init(likely: Set<String>, others: Set<String>, plain: String?, section: String) {
    self.likely = likely
    self.others = others
    self.plain = plain
    self.section = section
  }
}

/// A named volume that would be new and empty though data of the same application is there.
struct DataBeside {
  /// The error; nil where there is nothing to say.
  static func error(
    _ desired: DesiredHost, _ facts: HostFacts, of project: String, names: ApplicationNames
  ) -> TaskError? {
    if let plain = names.plain, plain != project,
      facts.projects[plain]?.services.isEmpty == false
    {
      return TaskError(
        .input, "`\(facts.host)` runs this application as `\(plain)`, and it would run twice",
        hint: "run on `\(facts.host)`: docker compose --project-name \(plain) down (volumes stay); "
          + "or take `compose_project` out of `\(names.section)`")
    }
    // Of a project that is there already, a volume that is new is meant to be new.
    guard let there = facts.resources, facts.containers.isEmpty,
      facts.projects[project]?.volumes.isEmpty != false
    else { return nil }
    let services = Set(desired.services.map(\.name))
    for service in desired.services {
      for (key, name) in (desired.volumes[service.name] ?? [:]).sorted(by: { $0.key < $1.key })
      where !there.contains("volume \(name)") {
        let owners = facts.projects.filter { other, has in
          other != project && !names.others.contains(other) && has.volumes[key] != nil
            && (names.likely.contains(other) || has.services == services)
        }
        guard let (owner, has) = owners.min(by: { $0.key < $1.key }), let old = has.volumes[key]
        else { continue }
        return TaskError(
          .input,
          "volume `\(key)` of `\(service.name)` would be new and empty on `\(facts.host)`, while "
            + "`\(old)` of the Compose project `\(owner)` is there",
          hint:
            "to take it over, write `compose_project: \(owner)` into `\(names.section)`; to begin "
            + "with nothing, `--new-volumes`")
      }
    }
    return nil
  }
}
