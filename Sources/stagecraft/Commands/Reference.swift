// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft reference`: writes the pages of docs/reference and the manual. For those who build the
// program, and hidden from those who use it.

import ArgumentParser
import Cache
import SystemPackage

/// Writes the reference.
struct Reference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference", abstract: "Write the pages of the reference and the manual.",
    shouldDisplay: false)

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("The folder that the files go into.", valueName: "directory"))
  var output: String

  func run() throws {
    let folder = FilePath(output)
    try FileSystem.createDirectory(folder)
    for file in try ReferenceFiles.all() {
      try FileSystem.replace(folder.appending(file.name), with: Array(file.text.utf8))
    }
  }
}
