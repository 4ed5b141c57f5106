// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The flags of commands that change hosts. Holds only what was typed.

import ArgumentParser
import Planning

/// Which part of an environment is deployed to.
struct SelectionFlags: ParsableArguments {
  @Option(
    name: .customLong("services"),
    help: ArgumentHelp("Only these services, separated by commas.", valueName: "names"),
    completion: CompletionValues.serviceList, transform: SelectionFlags.names)
  var services: [String] = []

  @Option(
    name: .customLong("hosts"),
    help: ArgumentHelp("Only these hosts, separated by commas.", valueName: "names"),
    completion: CompletionValues.hostList, transform: SelectionFlags.names)
  var hosts: [String] = []

  @Option(
    name: .customLong("roles"),
    help: ArgumentHelp("Only hosts with these roles, separated by commas.", valueName: "names"),
    completion: CompletionValues.roleList, transform: SelectionFlags.names)
  var roles: [String] = []

  @Option(
    name: .customLong("update-images"),
    help: ArgumentHelp(
      "Look up anew what images that others make are now: all, or those of services or names like this.",
      valueName: "glob"))
  var updates: [String] = []

  @Flag(
    name: .customLong("new-volumes"),
    help: "Begin with empty volumes though data of the application lies there under another name.")
  var newVolumes = false

  @Flag(
    name: .customLong("adopt"),
    help: "Take over what a deployment of another name runs as the same Compose project.")
  var adopt = false

  /// The names in a list that is separated by commas.
  @Sendable static func names(_ text: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingPrefix(while: \.isWhitespace)
    }.map { name in String(name.reversed().trimmingPrefix(while: \.isWhitespace).reversed()) }
    guard !names.contains("") else {
      throw ValidationError("`\(TerminalText.sanitized(text))` has an empty name in it")
    }
    return names
  }

  /// The same as a value.
  var value: DeploySelection { DeploySelection(services: services, hosts: hosts, roles: roles) }
}

/// How a change of hosts is made.
struct ChangeFlags: ParsableArguments {
  @Flag(
    name: [.customShort("y"), .customLong("yes")],
    help: "Do not ask, where a terminal would be asked.")
  var yes = false

  @Option(
    name: .customLong("lock-wait"),
    help: ArgumentHelp(
      "How long to wait for somebody else's deploy to end, such as 10m (default: not at all).",
      valueName: "duration"))
  var lockWait: String?

  @Option(
    name: .customLong("force-over"),
    help: ArgumentHelp(
      "Go on though this release came to a host after the plan was made.", valueName: "release"),
    completion: CompletionValues.releases)
  var forceOver: String?

  func validate() throws { _ = try wait() }

  /// How long to wait for the lock; nil where nothing was said.
  func wait() throws -> Duration? {
    guard let lockWait else { return nil }
    guard let duration = DurationText.duration(lockWait) else {
      throw ValidationError(
        "`--lock-wait` is `\(TerminalText.sanitized(lockWait))`; write it like 90s, 10m or 1h")
    }
    return duration
  }
}

/// Which release to go back to: exactly one of three.
struct RollbackFlags: ParsableArguments {
  @Flag(name: .customLong("to-previous"), help: "The release before the current one.")
  var toPrevious = false

  @Option(
    name: .customLong("to-release"),
    help: ArgumentHelp("This release; `stagecraft releases list` shows them.", valueName: "id"),
    completion: CompletionValues.releases)
  var toRelease: String?

  @Option(
    name: .customLong("to-version"),
    help: ArgumentHelp("The newest release of this version.", valueName: "version"))
  var toVersion: String?

  /// Whether any was given.
  var isGiven: Bool { toPrevious || toRelease != nil || toVersion != nil }

  /// The one that was given.
  func value() throws -> RollbackTarget.Choice {
    try RollbackTarget.Choice(
      toPrevious: toPrevious, toRelease: toRelease, toVersion: toVersion)
  }
}
