// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether Compose has an application here already. An engine that does not answer soon has none that is
// known.

import TaskGraph
import Tasks

/// Looks for what Compose has of a project.
enum RunningProject {
  /// How long the engine may take.
  private static let patience = Duration.seconds(5)

  /// `name`, where the engine has a container or a volume of that project of Compose.
  static func find(named name: String?) async -> String? {
    guard let name else { return nil }
    let lists = [["container", "ls", "--all"], ["volume", "ls"]]
    return await withTaskGroup(of: Bool?.self) { group in
      for list in lists {
        group.addTask {
          let lines = LineBuffer(limit: 1 << 16)
          let command = Command(
            "docker",
            list + ["--quiet", "--filter", "label=com.docker.compose.project=\(name)"],
            directory: "/", environment: ProcessVariables.all)
          // Without an engine there is nothing to take over.
          let ended = try? await SubprocessRunner().run(command) { line, stream in
            if stream == .output { lines.append(line, stream) }
          }
          return ended?.isSuccess == true && !lines.text.isEmpty
        }
      }
      group.addTask {
        // Ended by the answers, or at the end of patience: either way nothing more is to be said.
        try? await Task.sleep(for: Self.patience)
        return nil
      }
      var open = lists.count
      for await answer in group {
        guard let answer else { break }
        open -= 1
        if answer || open == 0 {
          group.cancelAll()
          return answer ? name : nil
        }
      }
      group.cancelAll()
      return nil
    }
  }
}
