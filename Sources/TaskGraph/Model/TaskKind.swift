// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The contract between the engine and whatever does work. One protocol a class, so that a task that
// may be replayed and one that may not cannot be mixed up.

package import Cache

/// A kind of task: what a result depends on, and how to get it.
///
/// Whatever shows in `Output` must be described in the manifest. The engine itself adds the kind, its
/// revision, its class, and the digests of the outputs of what it depends on.
package protocol TaskKind: Sendable {
  associatedtype Output: Storable

  /// The kind's name; part of every key.
  static var kind: String { get }

  /// Raised when the same inputs give another output; part of every key.
  static var revision: Int { get }

  /// The task's name.
  var id: TaskID { get }

  /// Adds all that the result depends on. Runs after the dependencies; may read, must not change
  /// anything, and reads only through `context`, so that every read is known.
  func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError)

  /// Does the work.
  func run(in context: TaskContext) async throws(TaskError) -> Output
}

/// A task whose result follows from its key alone.
package protocol PureTask: TaskKind {
  /// Files in the project that it makes; the engine stores and restores them.
  var outputs: OutputDeclaration { get }
}

extension PureTask {
  package var outputs: OutputDeclaration { .none }
}

/// A task that asks the world outside; always runs.
package protocol ObserveTask: TaskKind {
  /// All that the question depends on, so that it can be asked again without a graph.
  var request: [UInt8] { get }

  /// Whether it reads this machine only and changes nothing there, so that a plan without network may
  /// ask it too.
  static var isLocal: Bool { get }
}

extension ObserveTask {
  package static var isLocal: Bool { false }
}

/// A task that changes the world outside.
package protocol EffectTask: TaskKind {
  /// The task's output, where an observation among its dependencies shows that the world already is
  /// as `key` desires; else the reason why it must run.
  func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output>
}

/// What an effect learned from the observation of its resource.
package enum Observed<Output: Sendable>: Sendable {
  /// As desired; with a word on what was seen.
  case holds(Output, String)
  /// Not as desired; with a word on what differs.
  case differs(String)
}

/// The files that a pure task makes, as patterns below a directory of the project.
package struct OutputDeclaration: Sendable, Hashable {
  /// Relative to `directory`; a pattern without `*`, `?`, `[` or `{` must exist after the task ran.
  package let patterns: [String]
  /// Relative to the project root.
  package let directory: String

  /// Makes a declaration.
  package init(_ patterns: [String], in directory: String) {
    self.patterns = patterns
    self.directory = directory
  }

  /// No files.
  package static let none = OutputDeclaration([], in: ".")
}
