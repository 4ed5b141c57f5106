// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project as loaded for one command: where it is, what its file says, which environment counts, and
// every file that was looked at to know this.

package import Cache
package import SystemPackage
package import Tasks

/// A loaded project.
package struct Workspace: Sendable {
  package let location: ProjectLocation
  package let project: Project
  /// Everything worth saying that stops nothing.
  package let warnings: [Diagnostic]
  /// The files that diagnostics may point into.
  package let sources: [SourceFile]
  /// nil where the project defines no environment.
  package let environmentName: String?
  /// The environment's file under the process's own variables.
  package let environment: [String: String]
  /// What was looked at, relative to the root; nil where nothing was there.
  package let reads: [String: FileIdentity?]

  /// The project's root directory, absolute.
  package var root: FilePath { location.root }

  /// What is known of a failed load: the diagnostics and the files that they point into.
  package struct LoadFailure: Error, Sendable {
    package let error: ProjectError
    package let sources: [SourceFile]
  }

  /// Loads the project at `location`; `environmentName` nil means none was asked for.
  package static func load(
    _ location: ProjectLocation, environmentName: String?, process: [String: String]
  ) throws(LoadFailure) -> Workspace {
    // Looked at before it is read: a later edit then differs from what is noted.
    var reads: [String: FileIdentity?] = [
      location.file.string: FileIdentity(location.file.string)
    ]
    let file: SourceFile
    do throws(ProjectError) {
      file = try ProjectLocator.read(location)
    } catch {
      throw LoadFailure(error: error, sources: [])
    }
    let (read, found) = ProjectReader.read(file: file)
    var diagnostics = found
    guard let project = read else {
      throw LoadFailure(
        error: ProjectError(faultsIn: diagnostics)
          ?? ProjectError(Diagnostic(.emptyFile)), sources: [file])
    }
    let settings: EnvironmentSettings?
    let resolved: (environment: ResolvedEnvironment, diagnostics: [Diagnostic])
    var sources = [file]
    do throws(ProjectError) {
      settings = try select(environmentName, of: project)
      var envFile: SourceFile?
      if let named = settings?.envFile {
        reads[named.name] = .some(FileIdentity(location.root.appending(named.name).string))
        envFile = try ProjectLocator.readEnvironmentFile(named.name, root: location.root)
      }
      resolved = EnvironmentResolver.resolve(envFile: envFile, process: process)
      if let envFile { sources.append(envFile) }
      diagnostics += resolved.diagnostics
      if let fault = ProjectError(faultsIn: diagnostics) { throw fault }
    } catch {
      throw LoadFailure(error: error, sources: sources)
    }
    var environment = resolved.environment.all
    for (name, value) in settings?.overlay.variables ?? [:]
    where resolved.environment.origin(of: name) != .process {
      environment[name] = value
    }
    return Workspace(
      location: location, project: project, warnings: diagnostics, sources: sources,
      environmentName: settings?.name, environment: environment, reads: reads)
  }

  /// The environment that counts: the named one, else `dev`, else the only one.
  private static func select(
    _ name: String?, of project: Project
  ) throws(ProjectError) -> EnvironmentSettings? {
    if let name {
      if let found = project.environment(name) { return found }
      // A project without environments has nothing that a name could choose.
      let known = project.environments.map(\.name)
      throw ProjectError(
        Diagnostic(
          .unknownEnvironment(
            name, known: known, nearest: Suggestion.nearest(to: name, among: known))))
    }
    if let standard = project.environment("dev") { return standard }
    guard project.environments.count > 1 else { return project.environments.first }
    throw ProjectError(
      Diagnostic(
        .stated(
          id: "environment", message: "the project has several environments and none is `dev`",
          hint: "choose one with `--env`: "
            + project.environments.map { "`\($0.name)`" }.joined(separator: ", "))))
  }

  /// The same with another environment.
  func replacing(environment: [String: String]) -> Workspace {
    Workspace(
      location: location, project: project, warnings: warnings, sources: sources,
      environmentName: environmentName, environment: environment, reads: reads)
  }

  /// The Compose files of the chosen environment.
  package func composeFiles() throws(ProjectError) -> ComposeFiles {
    let own = settings?.compose ?? []
    return try ProjectLocator.composeFiles(
      root: root, named: own.isEmpty ? project.compose : own,
      takesOverride: settings?.isLocal ?? true)
  }

  /// The profiles of Compose whose services run.
  var profiles: Set<String> {
    settings?.profiles.map { Set($0) }
      ?? ComposeModel.profiles(in: environment["COMPOSE_PROFILES"])
  }

  /// The task that resolves the project's Compose files.
  package func composeTask() throws(ProjectError) -> ComposeConfig {
    let found = try composeFiles()
    let references = ComposeReferenceFinder.find(
      composeFiles: found.files, root: root.string, environment: { environment[$0] },
      read: { path in
        // A file that cannot be read is one that Compose will complain about.
        do throws(CacheError) { return try FileSystem.read(FilePath(path)) } catch { return nil }
      })
    let unkeyable: String? =
      !references.remotes.isEmpty
      ? "included from elsewhere" : references.isComplete ? nil : "not understood"
    return ComposeConfig(
      project: project.name, files: found.files,
      reads: Set(references.files + found.candidates).sorted(),
      variables: references.variables, unkeyable: unkeyable)
  }
}
