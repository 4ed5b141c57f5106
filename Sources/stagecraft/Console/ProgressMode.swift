// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a run is shown on standard error, and how that is chosen where nobody says it. Pure.

import ArgumentParser

/// What may be asked for.
enum ProgressMode: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// What suits the reader: GitHub Actions, a terminal, or anything else.
  case auto
  /// A block that changes in place.
  case live
  /// One line an event.
  case plain
  /// One JSON object an event.
  case json
  /// Groups and annotations of GitHub Actions.
  case github

  /// What is shown: never `auto`.
  ///
  /// `live` without a terminal is `plain`: what steers a terminal is of no use in a file.
  static func decide(
    _ asked: ProgressMode, isTerminal: Bool, variable: (String) -> String?
  ) -> ProgressMode {
    switch asked {
    case .plain, .json, .github: return asked
    case .live: return isTerminal ? .live : .plain
    case .auto:
      if variable("GITHUB_ACTIONS") == "true" { return .github }
      let isCI = !(variable("CI") ?? "").isEmpty
      return isTerminal && !isCI && variable("TERM") != "dumb" ? .live : .plain
    }
  }
}
