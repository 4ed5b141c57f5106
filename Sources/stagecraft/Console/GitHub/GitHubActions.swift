// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a job of GitHub Actions says of itself in variables: where the repository is, and where a
// summary goes. Reads variables only.

import SystemPackage
import TaskGraph

/// The job that this program is a part of.
struct GitHubActions: Sendable, Hashable {
  /// The folder of the repository, to which annotations name files.
  let workspace: FilePath?
  /// The folder that places are shown from.
  let directory: FilePath?
  /// The file that collects summaries for the page of the job.
  let summary: String?

  /// Reads the variables of the job.
  init(directory: FilePath?, variable: (String) -> String?) {
    func text(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
    workspace = text("GITHUB_WORKSPACE").map { FilePath($0).lexicallyNormalized() }
    summary = text("GITHUB_STEP_SUMMARY")
    self.directory = directory
  }

  /// The same message with its place named from the root of the repository.
  func located(_ message: Message) -> Message {
    Message(message.level, message.text, hint: message.hint, place: message.place.map(located))
  }

  /// The same place, named from the root of the repository.
  func located(_ place: Message.Place) -> Message.Place {
    guard let workspace, let directory else { return place }
    var file = directory.pushing(FilePath(place.file)).lexicallyNormalized()
    guard file.removePrefix(workspace) else { return place }
    return Message.Place(file: file.string, line: place.line, column: place.column)
  }
}
