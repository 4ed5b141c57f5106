// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Tasks made of closures, one for each class: for tests that need a task and no process.

package import Cache
package import TaskGraph

/// A pure task that does what a closure says.
package struct WorkTask: PureTask {
  package typealias Body = @Sendable (TaskContext) async throws(TaskError) -> String

  package static let kind = "work"
  package static let revision = 1

  package let id: TaskID
  package let outputs: OutputDeclaration
  private let arguments: [String]
  private let inputs: [String]
  private let variables: [String]
  private let body: Body

  /// A task whose key holds its name, `arguments`, the files that `inputs` name, and `variables`.
  package init(
    _ id: String, _ arguments: [String] = [], inputs: [String] = [], outputs: [String] = [],
    variables: [String] = [], body: @escaping Body = { _ in "" }
  ) {
    self.id = TaskID(id)
    self.arguments = arguments
    self.inputs = inputs
    self.variables = variables
    self.outputs = OutputDeclaration(outputs, in: ".")
    self.body = body
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    // Two tasks of one key would share a result.
    manifest.add(.setting, "task", id.text)
    manifest.add(.argument, list: arguments)
    for name in variables {
      let value = context.variable(name)
      manifest.add(.environment, name, value.map { Digest.of($0).hex } ?? "unset")
    }
    try await context.describeInputs(
      inputs, below: ".", except: outputs.patterns, into: &manifest)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> String {
    try await body(context)
  }
}

/// An observation that asks a closure.
package struct LookTask: ObserveTask {
  package static let kind = "look"
  package static let revision = 1

  package let id: TaskID
  package var request: [UInt8] { Array(id.text.utf8) }
  private let body: @Sendable () throws(TaskError) -> String

  /// An observation that sees what `body` returns.
  package init(_ id: String, body: @escaping @Sendable () throws(TaskError) -> String) {
    self.id = TaskID(id)
    self.body = body
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func run(in context: TaskContext) async throws(TaskError) -> String { try body() }
}

/// An effect that tells a closure what the world should be.
package struct DeployTask: EffectTask {
  package typealias Body = @Sendable (TaskContext, Digest) throws(TaskError) -> Void

  package static let kind = "deploy"
  package static let revision = 1

  package let id: TaskID
  private let seen: TaskRef<String>
  private let inputs: [String]
  private let arguments: [String]
  private let body: Body

  /// An effect that is as desired where `seen` gave the hexadecimal digits of its key.
  package init(
    _ id: String, _ arguments: [String] = [], inputs: [String] = [], seen: TaskRef<String>,
    body: @escaping Body
  ) {
    self.id = TaskID(id)
    self.seen = seen
    self.inputs = inputs
    self.arguments = arguments
    self.body = body
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, list: arguments)
    try await context.describeInputs(inputs, below: ".", except: [], into: &manifest)
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<String> {
    let found = try context.output(of: seen)
    return found == key.hex ? .holds(key.hex, "as desired") : .differs("`\(found)` is there")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> String {
    guard let key = context.manifest?.key else { throw TaskError(.invariant, "there is no key") }
    try body(context, key)
    return key.hex
  }
}
