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
  /// The files that are merged over it in an environment, by the name of that.
  var variants: [String: String] = [:]

  /// Looks into the first Compose file in `directory`; nil where there is none.
  static func find(in directory: FilePath) throws(CommandFailure) -> ComposeOverview? {
    for name in ProjectLocator.composeNames {
      do throws(CacheError) {
        if let bytes = try FileSystem.read(directory.appending(name)) {
          var found = ComposeOverview(file: name, bytes)
          found.variants = variants(of: FileTransfer.names(in: directory))
          return found
        }
      } catch {
        throw CommandFailure(.outside, "\(error)")
      }
    }
    return nil
  }

  /// The files among `names` that are for one environment: `compose.prod.yaml`,
  /// `docker-compose.staging.yml`; of two for one the name that Compose prefers.
  static func variants(of names: [String]) -> [String: String] {
    var variants: [String: String] = [:]
    for base in ProjectLocator.composeNames {
      guard let dot = base.lastIndex(of: ".") else { continue }
      let (stem, ending) = (base[..<dot] + ".", base[dot...])
      for name in names.sorted() where name.hasPrefix(stem) && name.hasSuffix(ending) {
        let middle = String(name.dropFirst(stem.utf8.count).dropLast(ending.utf8.count))
        guard middle != "override", ProjectTemplate.isName(middle), variants[middle] == nil else {
          continue
        }
        variants[middle] = name
      }
    }
    return variants
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
