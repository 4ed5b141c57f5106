// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What can be wrong with a request about releases, and the sentences for it. Knows no file and no host.

/// A request about releases that cannot be carried out.
package enum ReleaseFault: Error, Sendable, Equatable {
  /// The file is no release history.
  case unreadableHistory(String)
  /// No release has that id.
  case notFound(String, nearest: String?)
  /// No form of target was given.
  case targetMissing
  /// Several forms of target were given.
  case severalTargets
  /// Nothing was ever deployed there.
  case noCurrent(environment: String)
  /// Nothing was fully deployed before the current release.
  case noPrevious
  /// No release has the id that was asked for as a target.
  case targetNotFound(String, nearest: String?)
  /// No release of the environment has that version.
  case versionNotFound(String, environment: String)
  /// The target was deployed elsewhere.
  case otherEnvironment(String, belongsTo: String, environment: String)
  /// The target is what the hosts run.
  case isCurrent(String)
  /// The target did not get through; what its phases are.
  case notFullyDeployed(String, phases: [String])

  /// The error that the program reports, as one of the user's input.
  package var error: ProjectError {
    ProjectError(Diagnostic(.stated(id: "release", message: message, hint: hint)))
  }

  /// The sentence.
  package var message: String {
    switch self {
    case .unreadableHistory(let path): "\(quoted(path)) is not a release history"
    case .notFound(let id, _): "release not found: \(quoted(id))"
    case .targetMissing:
      "rollback target required; use `--to-previous`, `--to-release`, or `--to-version`"
    case .severalTargets: "only one rollback target flag may be specified"
    case .noCurrent(let environment):
      "no current release found for environment \(quoted(environment))"
    case .noPrevious: "no previous release to rollback to"
    case .targetNotFound(let id, _): "rollback target not found: \(quoted(id))"
    case .versionNotFound(let version, let environment):
      "no release found with version \(quoted(version)) in environment \(quoted(environment))"
    case .otherEnvironment(let id, let other, let environment):
      "release \(quoted(id)) belongs to environment \(quoted(other)), not \(quoted(environment))"
    case .isCurrent(let id): "cannot rollback to current release \(quoted(id))"
    case .notFullyDeployed(let id, let phases):
      "rollback target \(quoted(id)) is not fully deployed "
        + "(phases: [\(phases.joined(separator: ", "))])"
    }
  }

  /// What the user could do.
  package var hint: String? {
    switch self {
    case .unreadableHistory:
      "move it away; `stagecraft releases list --refresh` asks the hosts again"
    case .notFound(_, let nearest), .targetNotFound(_, let nearest):
      nearest.map { "did you mean \(quoted($0))?" }
        ?? "`stagecraft releases list` shows what there is, with `--refresh` also what hosts know"
    case .versionNotFound, .noCurrent, .noPrevious:
      "`stagecraft releases list --refresh` also shows what hosts know"
    case .targetMissing: nil
    case .severalTargets: "keep one of `--to-previous`, `--to-release` and `--to-version`"
    case .otherEnvironment(_, let other, _): "choose it with `--env \(other)`"
    case .isCurrent: "`stagecraft releases list` shows the others"
    case .notFullyDeployed: "choose one that `stagecraft releases list` shows as completed"
    }
  }

  private func quoted(_ text: String) -> String { "`\(Printable.line(text))`" }
}
