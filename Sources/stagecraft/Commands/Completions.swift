// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft completions`: scripts that let a shell complete command lines.

import ArgumentParser

/// Prints a completion script.
struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a script with which a shell completes command lines.",
    discussion: """
        stagecraft completions bash > ~/.local/share/bash-completion/completions/stagecraft
        stagecraft completions zsh  > "${fpath[1]}/_stagecraft"
        stagecraft completions fish > ~/.config/fish/completions/stagecraft.fish
      """)

  /// The shells there are scripts for.
  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish
  }

  @Argument(help: "The shell.")
  var shell: Shell

  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func run() {
    let target: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    StandardStream.output.write(Stagecraft.completionScript(for: target) + "\n")
  }
}
