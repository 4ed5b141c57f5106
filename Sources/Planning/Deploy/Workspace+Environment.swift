// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a loaded project says of the environment that was chosen: its hosts, and the values of its
// secrets. Opens no connection.

import SystemPackage
package import TaskGraph
package import Tasks

extension Workspace {
  /// The chosen environment; nil where the project has none.
  package var settings: EnvironmentSettings? {
    environmentName.flatMap { project.environment($0) }
  }

  /// The chosen environment; throws where there is none to deploy to.
  package func deployed() throws(ProjectError) -> EnvironmentSettings {
    if let settings { return settings }
    throw ProjectError(
      Diagnostic(
        .stated(
          id: "environment", message: "the project has no environment to deploy to",
          hint: "add one to `environments:` in \(project.file)")))
  }

  /// All hosts of an environment, by name, whatever runs there.
  package func hosts(of settings: EnvironmentSettings) throws(ProjectError) -> [Host] {
    guard settings.isLocal || project.hosts(of: settings) != nil else {
      throw ProjectError(
        Diagnostic(
          .environmentWithoutHosts(settings.name, driver: settings.driver.name),
          at: settings.driver.location, length: settings.driver.length))
    }
    return DeployTarget.hosts(of: settings, in: project, variables: environment)
  }

  /// The same project with the values of its secrets, which programs may be asked for.
  package func withSecrets(
    commands: any CommandRunner
  ) async throws(TaskError) -> Workspace {
    var values = environment
    for secret in settings?.secrets ?? [] {
      switch secret.origin {
      case .variable(let name): if let value = environment[name] { values[secret.name] = value }
      case .command(let words):
        values[secret.name] = try await value(of: secret, words, commands)
      }
    }
    return replacing(environment: values)
  }

  /// The values that nobody may see, by name: secrets of the environment, and where databases are,
  /// with the passwords in that.
  package var secretValues: [String: String] {
    var values: [String: String] = [:]
    let urls = databases.map(\.connectionVariable)
    for name in (settings?.secrets ?? []).map(\.name) + urls { values[name] = environment[name] }
    for name in urls {
      let authority = environment[name]?.split(separator: "/").dropFirst().first
      let user = authority?.split(separator: "@").dropLast().first
      let password = user?.split(separator: ":", maxSplits: 1).dropFirst().first
      if let password { values["password of \(name)"] = String(password) }
    }
    return values
  }

  private func value(
    of secret: SecretSource, _ words: [String], _ commands: any CommandRunner
  ) async throws(TaskError) -> String {
    let lines = LineBuffer(limit: 1 << 20)
    // What it prints is secret: nothing of it is shown, whatever happens.
    let ended = try await commands.run(
      Command(
        words.first ?? "", Array(words.dropFirst()), directory: root.string,
        environment: environment)
    ) { line, stream in if stream == .output { lines.append(line, stream) } }
    guard ended.isSuccess else {
      throw TaskError(
        .unavailable(secret.name),
        "the command for the secret `\(secret.name)` did not succeed",
        hint: "run it by hand; it stands at \(secret.location)")
    }
    var text = Substring(lines.text)
    if text.hasSuffix("\n") { text.removeLast() }
    return String(text)
  }
}
