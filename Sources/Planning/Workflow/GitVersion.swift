// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The version that a build gets when the user names none: the commit, marked where the work tree
// differs from it. Asks git once.

package import TaskGraph
import Tasks

/// Asks git what is checked out.
package enum GitVersion {
  /// What a project without a commit is called.
  package static let unknown = "unknown"

  /// The first twelve digits of the commit, with `-dirty` where a tracked file differs or an
  /// untracked one is not ignored; `unknown` outside a repository and without git.
  package static func current(
    directory: String, environment: [String: String], commands: any CommandRunner
  ) async throws(TaskError) -> String {
    let lines = LineBuffer()
    // A reader takes no lock and writes no index: another git may be at work.
    let command = Command(
      "git", ["--no-optional-locks", "status", "--porcelain=v2", "--branch"],
      directory: directory, environment: ChildEnvironment.selecting(from: environment))
    do throws(TaskError) {
      let ended = try await commands.run(command) { line, stream in
        if stream == .output { lines.append(line, stream) }
      }
      guard ended.isSuccess else { return unknown }
    } catch {
      if case .programMissing = error.code { return unknown }
      throw error
    }
    var commit: Substring?
    var isDirty = false
    for line in lines.text.split(separator: "\n") {
      if line.hasPrefix("# branch.oid ") {
        commit = line.dropFirst("# branch.oid ".count)
      } else if !line.hasPrefix("#") {
        isDirty = true
      }
    }
    guard let commit, commit != "(initial)" else { return unknown }
    return commit.prefix(12) + (isDirty ? "-dirty" : "")
  }
}
