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

  /// Whether a plan may run it to know what comes after it: it only looks, at this machine, and costs
  /// little.
  static var isPreviewable: Bool { get }
}

extension PureTask {
  package static var isPreviewable: Bool { false }

  package var outputs: OutputDeclaration { .none }
}

/// A task that asks the world outside; always runs.
package protocol ObserveTask: TaskKind {
  /// All that the question depends on, so that it can be asked again without a graph.
  var request: [UInt8] { get }

  /// Whether it reads this machine only and changes nothing there, so that a plan without network may
  /// ask it too.
  static var isLocal: Bool { get }

  /// Its output as far as it can be told while some of what it depends on (`context.unsettled`) is yet
  /// to be made; nil where nothing can. For plans alone; may read, must not change anything.
  func preview(in context: TaskContext) async throws(TaskError) -> Output?

  /// What this machine remembers of its output, for plans that ask nobody; nil for nothing.
  var remembered: Output? { get }

  /// What `output` tells of the world that nothing is to be done about unless somebody asks for it.
  func news(of output: Output) -> [Difference]

  /// What `output` says, part by part, so that a saved plan can name the part that moved; holds no
  /// secret and nothing that changes by itself.
  func parts(of output: Output) -> [Observation]
}

extension ObserveTask {
  package static var isLocal: Bool { false }

  package func preview(in context: TaskContext) async throws(TaskError) -> Output? { nil }

  package var remembered: Output? { nil }

  package func news(of output: Output) -> [Difference] { [] }

  package func parts(of output: Output) -> [Observation] {
    [Observation("answer", Digest.of(output.storedBytes).hex)]
  }
}

/// A task that changes the world outside.
package protocol EffectTask: TaskKind {
  /// The task's output, where an observation among its dependencies shows that the world already is
  /// as `key` desires; else the reason why it must run.
  func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<Output>

  /// Whether what ``observed(key:receipt:in:)`` says now will still be so when its turn comes, though
  /// tasks before it run: it looks at nothing but observations, and they are complete.
  func isDecided(in context: TaskContext) -> Bool

  /// Its output where nothing is left to do whatever the world looks like; nil where that has to be
  /// looked at. For plans that ask nobody.
  func presumed(in context: TaskContext) -> Output?

  /// What it would change, part by part, as far as `context` tells, or else `last`, the manifest of its
  /// last success here; asked only where it is not as desired.
  func differences(since last: Manifest?, in context: TaskContext) -> [Difference]
}

extension EffectTask {
  package func presumed(in context: TaskContext) -> Output? { nil }

  package func isDecided(in context: TaskContext) -> Bool { false }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] { [] }
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
