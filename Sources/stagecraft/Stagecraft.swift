// SPDX-License-Identifier: AGPL-3.0-or-later

import ArgumentParser

@main
struct Stagecraft: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stagecraft")
}
