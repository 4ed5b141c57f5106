// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks the hosts of environments for their facts outside a run, all at once. Changes nothing anywhere.

import Cache
import Planning
import TaskGraph
import Tasks

extension Session {
  /// What the hosts of the chosen environment say of themselves, or those of all environments.
  ///
  /// A host that does not answer is said and left out; `isComplete` is false for its environment.
  func factsOfHosts() async throws -> [(environment: String, facts: [HostFacts], isComplete: Bool)]
  {
    let place = try Place(settings)
    let (project, environments) = try chosenEnvironments(place)
    let (state, _) = ProjectState.open(
      root: place.location.root, environment: place.environment, isReader: true)
    let inquiry = Inquiry(
      state: state, commands: SubprocessRunner(guardian: ChildGuard(program: place.program)),
      environment: place.environment)
    var answers: [(environment: String, facts: [HostFacts], isComplete: Bool)] = []
    for environment in environments {
      let hosts = DeployTarget.hosts(
        of: environment, in: project, variables: place.environment)
      let facts = await ask(hosts, inquiry)
      answers.append((environment.name, facts, facts.count == hosts.count))
    }
    return answers
  }

  /// The project and its environments that flags choose: one or all.
  func chosenEnvironments(
    _ place: Place
  ) throws -> (project: Project, environments: [EnvironmentSettings]) {
    let source = try ProjectLocator.read(place.location)
    let (read, diagnostics) = ProjectReader.read(file: source)
    guard let project = read else {
      throw ProjectFailure(diagnostics: diagnostics, sources: [source])
    }
    guard settings.isEnvironmentChosen else { return (project, project.environments) }
    if let chosen = project.environment(settings.environment) { return (project, [chosen]) }
    let known = project.environments.map(\.name)
    throw ProjectError(
      Diagnostic(
        .unknownEnvironment(
          settings.environment, known: known,
          nearest: Suggestion.nearest(to: settings.environment, among: known))))
  }

  private func ask(_ hosts: [Host], _ inquiry: Inquiry) async -> [HostFacts] {
    var facts: [HostFacts] = []
    for (host, answer) in await inquiry.facts(of: hosts) {
      switch answer {
      case .success(let value): facts.append(value)
      case .failure(let error):
        console.warning("host `\(host.name)` does not answer: \(error.message)")
      }
    }
    return facts
  }
}
