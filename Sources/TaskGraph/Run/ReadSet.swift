// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Everything that was read while a task was described: files, directories, variables. What the run
// compares after the task ran, and what proves to the next run that nothing changed.

package import Cache
import Synchronization

/// Collects what is read; shared by the child tasks of one task.
package final class ReadSet: Sendable {
  /// What was read, as values.
  package struct Contents: Sendable {
    /// By path, relative to the project root or absolute; nil where nothing was there.
    package var files: [String: FileIdentity?] = [:]
    /// By name; nil where the variable is not set.
    ///
    /// Values are digests, never the text.
    package var variables: [String: Digest?] = [:]
  }

  private let contents = Mutex(Contents())

  /// Starts empty.
  package init() {}

  /// Notes that a path was looked at.
  package func note(path: String, _ identity: FileIdentity?) {
    contents.withLock { $0.files[path] = .some(identity) }
  }

  /// Notes that a variable was looked at.
  package func note(variable: String, _ value: Digest?) {
    contents.withLock { $0.variables[variable] = .some(value) }
  }

  /// All that was noted so far.
  package var all: Contents { contents.withLock { $0 } }
}
