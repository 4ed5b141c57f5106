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

  /// What an observation sees now.
  package func answer<Kind: ObserveTask>(to question: Kind) async throws(TaskError) -> Kind.Output {
    let log = LineBuffer()
    do throws(TaskError) {
      return try await question.run(in: context(question.id, log))
    } catch {
      var told = error
      if told.logTail.isEmpty { told.logTail = log.tail(20) }
      throw told
    }
  }

  private func seen<Kind: ObserveTask>(_ question: Kind) async throws(TaskError) -> Digest {
    Digest.of(try await value(of: question).storedBytes)
  }

  /// What an observation sees now.
  package func value<Kind: ObserveTask>(
    of question: Kind
  ) async throws(TaskError) -> Kind.Output {
    let log = LineBuffer()
    do throws(TaskError) {
      return try await question.run(in: context(question.id, log))
    } catch {
      var told = error
      if told.logTail.isEmpty { told.logTail = log.tail(20) }
      throw told
    }
  }

  /// The value of a pure task without files: as recorded, or computed now.
  package func value<Kind: PureTask>(
    of task: Kind, salt: String
  ) async throws(TaskError) -> Kind.Output {
    let log = LineBuffer()
    var context = context(task.id, log)
    let manifest = try await Keying.manifest(
      of: task, .pure, upstream: [], outputs: task.outputs, timeout: nil, salt: salt, in: context)
    if let record = state.actions.peek(manifest.key),
      let value = Kind.Output.read(record.value)
    {
      return value
    }
    context.manifest = manifest
    do throws(TaskError) {
      return try await task.run(in: context)
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
