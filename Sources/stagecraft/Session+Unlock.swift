// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Takes the lock of an environment away from its holder, on every host, and says who that was.

import Cache
import Planning
import TaskGraph

extension Session {
  /// Removes the locks of the environment; with `--dry-run` only says who holds them.
  func unlock() async throws -> ExitStatus {
    if settings.isDryRun {
      try await show(.unlock, asksAround: true, asGraph: false, .text)
      return .success
    }
    let place = try Place(settings)
    let run = try goalRun(
      .unlock, try loaded(place), RunFlags.Values(force: []), isReader: false, version: nil, place)
    // Not behind the lock of the project: the run that holds that may be the one that hangs.
    var index: TaskIndex? = TaskIndex.load(run.state.layout.taskIndex)
    let id = RunName.next()
    let graph = try await run.graph(keeping: &index, runID: id)
    return ExitStatus(try await shown(run, graph, index ?? TaskIndex(), id: id).report)
  }
}
