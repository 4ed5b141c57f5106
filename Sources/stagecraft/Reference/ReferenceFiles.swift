// SPDX-License-Identifier: AGPL-3.0-or-later
//
// All files that are made from the program: the pages of docs/reference and the manual.

import Planning

/// The files of the reference.
enum ReferenceFiles {
  /// Every file by its name, in the order of the index.
  static func all() throws(CommandFailure) -> [(name: String, text: String)] {
    let program = try CommandHelp.read()
    return [
      ("commands.md", CommandsPage.render(program)),
      ("configuration.md", ConfigurationPage.text),
      ("errors.md", ErrorsPage.text),
      ("exit-codes.md", ExitCodesPage.text),
      ("stagecraft.1", ManualPage.render(program)),
    ]
  }
}
