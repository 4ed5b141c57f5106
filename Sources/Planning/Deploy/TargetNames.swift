// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The names under which one project in one environment lives on a host: its directory and its Compose
// project. Two different pairs never share a name.

import Cache

/// Names on a host that belong to one project in one environment.
package struct TargetNames: Sendable, Hashable {
  /// The Compose project: letters, digits, `-` and `_`, in lower case.
  package let composeProject: String
  /// Below the directory that the host keeps for all projects.
  package let path: String

  /// Where hosts that are reached over ssh keep what is known of them.
  package static let remoteBase = "/var/lib/stagecraft"

  /// The names of `project` in `environment`; `chosen` is the Compose project where it does not follow.
  package init(project: String, environment: String, chosen: String? = nil) {
    path = "\(project)/\(environment)"
    if let chosen {
      composeProject = chosen
      return
    }
    let plain = "\(project)-\(environment)"
    let allowed = Self.composeName(plain)
    // The last `-` of a plain name divides it; where it does not, or where letters had to change, a
    // digest keeps `shop` in `eu-prod` apart from `shop-eu` in `prod`.
    if allowed == plain && !environment.utf8.contains(UInt8(ascii: "-")) {
      composeProject = allowed
    } else {
      composeProject = "\(allowed)-\(Digest.of(path).hex.prefix(6))"
    }
  }

  /// Whether Compose takes it for the name of a project.
  package static func isComposeProject(_ text: String) -> Bool {
    text.wholeMatch(of: /[a-z0-9][a-z0-9_-]*/) != nil
  }

  /// What Compose calls a project in a folder of this name; nil where nothing of the name is left.
  ///
  /// As compose-go has it (`NormalizeProjectName`): lower case, other characters left out, and no `_` or
  /// `-` at its beginning.
  package static func composeProject(ofFolder name: String) -> String? {
    let kept = name.lowercased().filter {
      $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "-"
    }.drop { $0 == "_" || $0 == "-" }
    return kept.isEmpty ? nil : String(kept)
  }

  /// Where the operator's own machine keeps what is known of its deployments.
  ///
  /// As the XDG base directory specification has it: a relative `XDG_STATE_HOME` does not count.
  package static func localBase(variables: [String: String]) -> String {
    if let state = variables["XDG_STATE_HOME"], state.hasPrefix("/") {
      return "\(trimmed(state))/stagecraft/deployments"
    }
    guard let home = variables["HOME"], home.hasPrefix("/") else { return remoteBase }
    return "\(trimmed(home))/.local/state/stagecraft/deployments"
  }

  private static func trimmed(_ path: String) -> Substring {
    var rest = Substring(path)
    while rest.hasSuffix("/") { rest.removeLast() }
    return rest
  }

  private static func composeName(_ text: String) -> String {
    String(
      text.lowercased().map { character in
        character.isASCII && (character.isLetter || character.isNumber) || character == "_"
          ? character : "-"
      })
  }
}
