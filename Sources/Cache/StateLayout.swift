// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the state of one project lies: `.stagecraft` in its root. Knows paths only, and how to make
// the directory so that git leaves it alone.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The places in the state directory of a project.
package struct StateLayout: Hashable, Sendable {
  /// The name of the state directory in the project root.
  package static let directoryName = ".stagecraft"

  /// The project root.
  package let projectRoot: FilePath

  /// Names the places below `projectRoot`; makes nothing.
  package init(projectRoot: FilePath) {
    self.projectRoot = projectRoot
  }

  /// The state directory.
  package var root: FilePath { projectRoot.appending(Self.directoryName) }

  /// Digests of files by what `stat` says of them; rebuilt where it is lost.
  package var digestIndex: FilePath { root.appending("digests.idx") }

  /// What each task did last; rebuilt where it is lost.
  package var taskIndex: FilePath { root.appending("tasks.idx") }

  /// What tasks read, as a later run can check it.
  package var traces: FilePath { root.appending("traces") }

  /// One directory a run.
  package var runs: FilePath { root.appending("runs") }

  /// What was brought to hosts, by environment and host.
  package var rendered: FilePath { root.appending("rendered") }

  /// Receipts of effects; never removed by us.
  package var ledger: FilePath { root.appending("ledger") }

  /// Held exclusively by a run of this project; never unlinked.
  package var lock: FilePath { root.appending("lock") }

  /// Files that are being written, and outputs that are set aside.
  package var temporary: FilePath { root.appending("tmp") }

  /// Makes the state directory and the directories in it; does nothing where they are there.
  ///
  /// The first call also writes a `.gitignore` that ignores the whole directory; one that somebody
  /// edited stays.
  package func prepare() throws(CacheError) {
    try FileSystem.createDirectory(root)
    let ignore = root.appending(".gitignore")
    if FileIdentity(ignore.string) == nil {
      try FileSystem.replace(ignore, with: Array("*\n".utf8))
    }
    for directory in [traces, runs, ledger, temporary] {
      try FileSystem.createDirectory(directory)
    }
    clearHalfWritten()
  }

  /// Removes what processes that live no more had written beside its place and not yet renamed.
  private func clearHalfWritten() {
    for directory in [root, traces, ledger] {
      for name in FileTransfer.names(in: directory) {
        guard let writer = FileSystem.writer(ofTemporary: name), kill(writer, 0) != 0,
          errno == ESRCH
        else { continue }
        FileTransfer.discard(directory.appending(name))
      }
    }
  }
}
