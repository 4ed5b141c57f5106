// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the global flags and the STAGECRAFT_ variables come to. Flags win over variables, variables
// over defaults; reads no file.

/// The global settings of one command.
struct Settings: Sendable, Hashable {
  static let defaultEnvironment = "dev"

  /// The name of the environment.
  private(set) var environment: String
  /// Whether someone asked for this environment, or it is the default.
  private(set) var isEnvironmentChosen: Bool
  /// The project file; nil to look for it here and in the folders above.
  let config: String?
  let isVerbose: Bool
  let isDryRun: Bool
  /// nil to decide by what reads the output.
  let color: Bool?

  /// Combines what was typed with variables; an empty variable counts as absent.
  init(
    _ options: GlobalOptions, variable: (String) -> String? = ProcessVariables.value
  ) throws(CommandFailure) {
    func text(_ name: String) -> String? {
      variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    func truth(_ flag: Bool?, _ name: String) throws(CommandFailure) -> Bool {
      if let flag { return flag }
      guard let value = text(name) else { return false }
      switch value.lowercased() {
      case "1", "t", "true", "yes", "on": return true
      case "0", "f", "false", "no", "off": return false
      default:
        throw CommandFailure(
          .input,
          "`\(name)` is `\(TerminalText.sanitized(value))`, which is neither true nor false",
          hint: "use `1` or `0`")
      }
    }
    let chosen = options.environment ?? text("STAGECRAFT_ENV")
    if chosen?.isEmpty == true {
      throw CommandFailure(.input, "the name of the environment is empty")
    }
    environment = chosen ?? Self.defaultEnvironment
    isEnvironmentChosen = chosen != nil
    config = options.config ?? text("STAGECRAFT_CONFIG")
    isVerbose = try truth(options.verbose, "STAGECRAFT_VERBOSE")
    isDryRun = try truth(options.dryRun, "STAGECRAFT_DRY_RUN")
    color = options.color
  }

  /// The same settings in another environment.
  func choosing(environment name: String) -> Settings {
    var settings = self
    settings.environment = name
    settings.isEnvironmentChosen = true
    return settings
  }
}
