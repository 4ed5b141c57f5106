// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A task that the user wrote under `tasks:`: a command with declared inputs and outputs.

package import Cache
import SystemPackage
package import TaskGraph

/// A user's command.
package struct CommandTask: PureTask {
  /// What is run.
  package enum Script: Sendable, Hashable {
    /// A program with its arguments.
    case arguments([String])
    /// A text for `sh -c`.
    case shell(String)

    /// As a program with its arguments.
    package var argv: [String] {
      switch self {
      case .arguments(let words): words
      case .shell(let text): ["sh", "-c", text]
      }
    }
  }

  /// A variable of the command's environment.
  package enum Variable: Sendable, Hashable {
    /// Passed through from the user's environment, if it is set there.
    case passed(String)
    /// Set to a value.
    case fixed(String, String)
  }

  /// The task has no value of its own: its files are its output.
  package struct Output: Storable {
    package init() {}
    package func write(to writer: inout RecordWriter) {}
    package init(from reader: inout RecordReader) throws(RecordError) {}
  }

  package static let kind = "command"
  package static let revision = 1

  package let id: TaskID
  package let script: Script
  /// Relative to the project root.
  package let directory: String
  /// Patterns below `directory`.
  package let inputs: [String]
  package let variables: [Variable]
  package let outputs: OutputDeclaration

  /// Makes a task.
  package init(
    id: TaskID, script: Script, directory: String, inputs: [String], outputs: [String],
    variables: [Variable]
  ) {
    self.id = id
    self.script = script
    self.directory = directory
    self.inputs = inputs
    self.variables = variables
    self.outputs = OutputDeclaration(outputs, in: directory)
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.platform, "", Platform.current)
    manifest.add(.argument, list: script.argv)
    manifest.add(.directory, "", directory)
    for variable in variables {
      switch variable {
      case .fixed(let name, let value): manifest.add(.environment, name, Digest.of(value))
      case .passed(let name):
        let value = context.variable(name)
        manifest.add(.environment, name, value.map { Digest.of($0).hex } ?? "unset")
      }
    }
    try await context.describeInputs(
      inputs, below: directory, except: outputs.patterns, into: &manifest)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    try await run(adding: [:], in: context)
  }

  /// Runs the command with variables of ours beside the declared ones.
  func run(
    adding extra: [String: String], in context: TaskContext
  ) async throws(TaskError) -> Output {
    var environment = ChildEnvironment.selecting(from: context.environmentOfUser)
      .merging(extra) { _, new in new }
    for variable in variables {
      switch variable {
      case .fixed(let name, let value): environment[name] = value
      case .passed(let name): environment[name] = context.variable(name)
      }
    }
    let argv = script.argv
    guard let program = argv.first else { throw TaskError(.invariant, "the command is empty") }
    let directory = context.root.pushing(.init(self.directory)).lexicallyNormalized()
    try await context.run(
      Command(
        program, Array(argv.dropFirst()), directory: directory.string, environment: environment))
    return Output()
  }
}
