// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What Compose itself calls an application: from a variable, a file or a folder, in its own order. Asks
// nobody.

import Cache
package import SystemPackage
import YAML

/// The name that Compose has for an application that says none here.
package enum ComposeProjectName {
  /// What `COMPOSE_PROJECT_NAME` says, also in `.env` beside the first file, else `name:` of the first file
  /// that has it, else the folder of the first file.
  ///
  /// `root` is the folder where there is no file. nil where nothing of a name is left.
  package static func find(
    files: [FilePath], root: FilePath, variables: [String: String]
  ) -> String? {
    if let name = variables["COMPOSE_PROJECT_NAME"], !name.isEmpty { return name }
    let folder = files.first?.removingLastComponent() ?? root
    if let text = bytes(folder.appending(".env")) {
      let file = SourceFile(path: ".env", bytes: text, isConfidential: true)
      let found = DotEnvParser.parse(file) { variables[$0] }.file.entries.last {
        $0.name == "COMPOSE_PROJECT_NAME"
      }
      if let name = found?.value, !name.isEmpty { return name }
    }
    for file in files {
      if let text = bytes(file), let name = YAMLReader.read(text).node?["name"]?.string {
        return name
      }
    }
    return folder.lastComponent.flatMap { TargetNames.composeProject(ofFolder: $0.string) }
  }

  /// A file that cannot be read is one that Compose will complain about.
  private static func bytes(_ file: FilePath) -> [UInt8]? {
    do throws(CacheError) { return try FileSystem.read(file) } catch { return nil }
  }
}
