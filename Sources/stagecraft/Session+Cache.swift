// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The cache of results as commands see it: where it is, and what it may grow to. Works in and out of
// a project.

import Cache
import Planning
import SystemPackage

extension Session {
  /// The collector of this user's cache, with the budget of the project in this folder if there is one.
  func collector() throws -> Collector {
    let layout = CacheLayout(
      root: CacheLayout.standard(environment: ProcessVariables.all))
    return Collector(layout: layout, budget: try projectBudget())
  }

  /// What the project says of the size of the cache; nil where there is no project or it says nothing.
  private func projectBudget() throws -> Int64? {
    let location: ProjectLocation
    do throws(ProjectError) {
      location = try ProjectLocator.locate(
        config: settings.config, from: try ProcessVariables.currentDirectory())
    } catch {
      // A project file that was named must be there; none at all is fine for the cache.
      if settings.config != nil { throw error }
      return nil
    }
    let source = try ProjectLocator.read(location)
    let (project, diagnostics) = ProjectReader.read(file: source)
    guard let project else {
      console.diagnostics(diagnostics, sources: [source])
      throw ExitStatus.input
    }
    return project.cacheSize.map(Int64.init)
  }
}
