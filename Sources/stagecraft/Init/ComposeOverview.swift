// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Looks at a Compose file for the first project file: which services it has and which it builds.
// Reads one file as it stands; merges, variables and profiles are Compose's business.

import Cache
import Planning
import SystemPackage
import YAML

/// What `init` wants to know of a Compose file.
struct ComposeOverview: Sendable, Hashable {
  /// The name of the file.
  let file: String
  /// The project's name as the file gives it; nil where it gives none that stands for itself.
  let name: String?
  /// All services, in the order of the file.
  let services: [String]
  /// Those with `build:`, in the order of the file.
  let built: [String]

  /// Looks into the first Compose file in `directory`; nil where there is none.
  static func find(in directory: FilePath) throws(CommandFailure) -> ComposeOverview? {
    for name in ProjectLocator.composeNames {
      do throws(CacheError) {
        if let bytes = try FileSystem.read(directory.appending(name)) {
          return ComposeOverview(file: name, bytes)
        }
      } catch {
        throw CommandFailure(.outside, "\(error)")
      }
    }
    return nil
  }

  /// Looks at the bytes of a file; of one that is not YAML only the name is known.
  init(file: String, _ bytes: [UInt8]) {
    self.file = file
    let node = YAMLReader.read(bytes).node
    name = node?["name"]?.string.flatMap { ProjectTemplate.isProjectName($0) ? $0 : nil }
    let entries = node?["services"]?.mapping?.entries ?? []
    services = entries.map(\.key)
    built = entries.filter { $0.value["build"] != nil }.map(\.key)
  }
}
