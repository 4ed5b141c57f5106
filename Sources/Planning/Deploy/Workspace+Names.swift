// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Under which names an application may lie on hosts: its own, those of its other environments, and those
// that it had before it came here. Asks nobody.

import SystemPackage
import Tasks

extension TargetNames {
  /// The names of an environment of a project.
  package init(of environment: EnvironmentSettings, in project: Project) {
    self.init(
      project: project.name, environment: environment.name,
      chosen: environment.composeProject?.name)
  }
}

extension Workspace {
  /// The names under which the chosen environment may be known on its hosts.
  func applicationNames(adopts: Bool) throws(ProjectError) -> ApplicationNames {
    let settings = try deployed()
    let others = project.environments.filter { $0.name != settings.name }.map {
      TargetNames(of: $0, in: project).composeProject
    }
    let own = ComposeProjectName.find(
      files: try composeFiles().files.map { root.pushing(FilePath($0)) }, root: root,
      variables: environment)
    return ApplicationNames(
      deployment: ComposeNeighbour.Deployment(project: project.name, environment: settings.name),
      likely: Set([own, project.name].compactMap(\.self)), others: Set(others),
      isChosen: settings.composeProject != nil, adopts: adopts,
      section: "environments.\(settings.name)")
  }
}

extension Project {
  /// Reports environments that would take each other's containers for their own.
  func checkComposeProjects(into reading: inout Reading) {
    for (position, settings) in environments.enumerated() {
      guard let chosen = settings.composeProject,
        let other = environments.enumerated().first(where: { place, other in
          place != position && other.isLocal == settings.isLocal
            && TargetNames(of: other, in: self).composeProject == chosen.name
            // Of two that say it, the later one is told.
            && (other.composeProject == nil || place < position)
        })?.element
      else { continue }
      reading.diagnostics.append(
        Diagnostic(
          .stated(
            id: "compose-project-twice",
            message: "environment `\(other.name)` is the Compose project `\(chosen.name)` as well: "
              + "each would replace what the other runs",
            hint: "give each environment a Compose project of its own"), at: chosen.location,
          length: chosen.length))
    }
  }
}
