// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The flags that every command takes. Holds only what was typed; what counts is decided in Settings.

import ArgumentParser

/// Flags of every command, accepted before and after its name.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: [.customShort("e", allowingJoined: true), .customLong("env")],
    help: ArgumentHelp("The environment (STAGECRAFT_ENV; default: dev).", valueName: "name"),
    completion: CompletionValues.environments)
  var environment: String?

  @Option(
    name: [.customShort("c", allowingJoined: true), .customLong("config")],
    help: ArgumentHelp(
      "The project file (STAGECRAFT_CONFIG; default: stagecraft.yml here or in a folder above).",
      valueName: "file"),
    completion: .file(extensions: ["yml", "yaml"]))
  var config: String?

  @Flag(
    name: [.customShort("v"), .customLong("verbose")], inversion: .prefixedNo,
    help: "Say more: also what needed nothing, and its log (STAGECRAFT_VERBOSE).")
  var verbose: Bool?

  @Flag(
    name: .customLong("dry-run"), inversion: .prefixedNo,
    help: "Say what would be done and do nothing (STAGECRAFT_DRY_RUN).")
  var dryRun: Bool?

  @Flag(
    name: .customLong("color"), inversion: .prefixedNo,
    help: "Colours, whatever reads the output (NO_COLOR, STAGECRAFT_NO_COLOR).")
  var color: Bool?
}
