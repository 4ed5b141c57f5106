// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Single tasks outside a run: an observation asked again, a pure value needed before there is a graph.

package import Cache

/// Performs single tasks outside a run; stores nothing.
package struct Inquiry: Sendable {
  private let state: ProjectState
  private let commands: any CommandRunner
  private let environment: [String: String]

  /// Asks with these means.
  package init(
    state: ProjectState, commands: any CommandRunner, environment: [String: String]
  ) {
    self.state = state
    self.commands = commands
    self.environment = environment
  }

  /// The digest of what an observation sees now.
  package func digest(of question: any ObserveTask) async throws(TaskError) -> Digest {
    try await seen(question)
  }

  private func seen<Kind: ObserveTask>(_ question: Kind) async throws(TaskError) -> Digest {
    Digest.of(try await value(of: question).storedBytes)
  }

  /// What an observation sees now.
  package func value<Kind: ObserveTask>(
    of question: Kind
  ) async throws(TaskError) -> Kind.Output {
    try await told(question.id) { (context) throws(TaskError) in
      try await question.run(in: context)
    }
  }

  /// What observations see now, all made at once; in their order.
  package func values<Kind: ObserveTask>(
    of questions: [Kind]
  ) async -> [Result<Kind.Output, TaskError>] {
    await withTaskGroup(of: (Int, Result<Kind.Output, TaskError>).self) { group in
      for (position, question) in questions.enumerated() {
        group.addTask {
          do throws(TaskError) {
            return (position, .success(try await value(of: question)))
          } catch {
            return (position, .failure(error))
          }
        }
      }
      var found: [Int: Result<Kind.Output, TaskError>] = [:]
      for await (position, answer) in group { found[position] = answer }
      return questions.indices.compactMap { found[$0] }
    }
  }

  /// The value of a pure task without files: as recorded, or computed now.
  package func value<Kind: PureTask>(
    of task: Kind, salt: String
  ) async throws(TaskError) -> Kind.Output {
    try await told(task.id) { (given) throws(TaskError) in
      var context = given
      let manifest = try await Keying.manifest(
        of: task, .pure, upstream: [], outputs: task.outputs, timeout: nil, salt: salt, in: context)
      if let record = state.actions.peek(manifest.key),
        let value = Kind.Output.read(record.value)
      {
        return value
      }
      context.manifest = manifest
      return try await task.run(in: context)
    }
  }

  /// What `ask` says; an error of it shows the end of the log.
  private func told<Value>(
    _ id: TaskID, _ ask: (TaskContext) async throws(TaskError) -> Value
  ) async throws(TaskError) -> Value {
    let log = LineBuffer()
    do throws(TaskError) {
      return try await ask(context(id, log))
    } catch {
      var told = error
      if told.logTail.isEmpty { told.logTail = log.tail(20) }
      throw told
    }
  }

  private func context(_ id: TaskID, _ log: LineBuffer) -> TaskContext {
    TaskContext(
      id: id, root: state.root, files: state.files, environment: environment, commands: commands,
      reads: ReadSet(), upstream: [:], temporary: state.layout.temporary
    ) { line, stream in log.append(line, stream) }
  }
}
