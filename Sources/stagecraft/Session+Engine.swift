// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The seam between the commands and the engine: each function here is one request to it. Commands
// know no more of the engine than these.

import Planning
import SystemPackage
import TaskGraph

extension Session {
  /// What a run of `goal` would do, in an order in which it could run.
  func plan(_ goal: Goal, force: [String]) async throws -> [PlanEntry] {
    throw Self.notConnected
  }

  /// Runs `goal`; shows it and records it meanwhile.
  func execute(_ goal: Goal, _ flags: RunFlags) async throws -> RunReport {
    throw Self.notConnected
  }

  /// Why a task ran last, or would run now.
  func why(_ task: String) async throws -> TaskExplanation {
    throw Self.notConnected
  }

  /// Reads an existing project file; throws where it cannot be used as it is.
  func checkProject(at path: FilePath, shownAs name: String) throws {
    let source = try ProjectLocator.read(
      ProjectLocation(root: path.removingLastComponent(), file: path, shownFile: name))
    let (project, diagnostics) = ProjectReader.read(file: source)
    if project == nil { throw ProjectFailure(diagnostics: diagnostics, sources: [source]) }
    console.diagnostics(diagnostics, sources: [source])
  }

  /// What the cache holds.
  func cacheInfo() throws -> CacheInfo { throw Self.notConnected }

  /// Removes what is over the budget.
  func collectGarbage() throws -> CacheCollected { throw Self.notConnected }

  /// Reads every entry and removes those that are damaged.
  func verifyCache() throws -> CacheVerified { throw Self.notConnected }

  private static var notConnected: CommandFailure {
    CommandFailure(.bug, "this program was built without its engine")
  }
}
