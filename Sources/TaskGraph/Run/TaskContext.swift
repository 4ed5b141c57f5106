// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a task may touch: the outputs of what it depends on, files, variables, commands. Every read
// goes through here, so that every read is known.

package import Cache
package import SystemPackage

/// What a task may touch.
package struct TaskContext: Sendable {
  /// The task that this is for.
  package let id: TaskID
  /// The project's root directory, absolute.
  package let root: FilePath
  /// The digests of files.
  let files: FileDigests
  /// Names and values that the user's environment resolves to.
  let environment: [String: String]
  /// Runs commands; for those who read more of a command than ``capture(_:isQuiet:)`` tells.
  package let commands: any CommandRunner
  let reads: ReadSet
  let upstream: [TaskID: any Storable]
  /// Where a task may put files that are gone after it.
  let temporary: FilePath
  let onLine: @Sendable (String, OutputStream) -> Void
  /// All that the task's key is made of; nil while it is being described.
  package var manifest: Manifest?
  /// Whether the user asked for this task to run, up to date or not.
  package var isForced = false
  /// Dependencies that run before this task in a plan: what is known of their output is what they
  /// produced last.
  ///
  /// Empty in a run.
  package var unsettled: Set<TaskID> = []
  /// What a run would bring back before this task; empty in a run.
  var pending = PendingOutputs()

  /// What a dependency produced.
  package func output<Value>(of task: TaskRef<Value>) throws(TaskError) -> Value {
    guard let value = try outputIfAny(of: task) else {
      throw TaskError(.invariant, "`\(id)` reads `\(task.id)` without depending on it")
    }
    return value
  }

  /// What a dependency produced; nil where it failed and this task tolerates that.
  package func outputIfAny<Value>(of task: TaskRef<Value>) throws(TaskError) -> Value? {
    guard let value = upstream[task.id] else { return nil }
    guard let typed = value as? Value else {
      throw TaskError(.invariant, "`\(task.id)` has an output of another type")
    }
    return typed
  }

  /// What a dependency produced, where that is known for certain.
  package func settled<Value>(_ task: TaskRef<Value>) -> Value? {
    unsettled.contains(task.id) ? nil : upstream[task.id] as? Value
  }

  /// What a dependency produced or, in a plan, is assumed to produce; nil where nobody knows.
  package func assumed<Value>(_ task: TaskRef<Value>) -> Value? { upstream[task.id] as? Value }

  /// The identity and digest of a file below the project's root; nil where nothing is there.
  package func file(_ path: String) throws(TaskError) -> FileDigests.Entry? {
    if let entry = pending.entry(for: path) { return entry }
    do throws(CacheError) {
      let entry = try files.entry(for: path)
      reads.note(path: path, entry?.identity)
      return entry
    } catch {
      throw TaskError(error)
    }
  }

  /// The same for many files, in a few wide slices.
  package func files(_ paths: [String]) async throws(TaskError) -> [FileDigests.Entry?] {
    do throws(CacheError) {
      let entries = try await files.entries(for: paths)
      for (path, entry) in zip(paths, entries) { reads.note(path: path, entry?.identity) }
      if pending.isEmpty { return entries }
      return zip(paths, entries).map { path, entry in pending.entry(for: path) ?? entry }
    } catch {
      throw TaskError(error)
    }
  }

  /// Notes that a path was looked at by other means, such as a directory that was listed.
  package func note(path: String, _ identity: FileIdentity?) {
    reads.note(path: path, identity)
  }

  /// The value of a variable; nil where it is not set.
  package func variable(_ name: String) -> String? {
    let value = environment[name]
    reads.note(variable: name, value.map { Digest.of($0) })
    return value
  }

  /// Writes a line to the task's log.
  package func log(_ line: String, _ stream: OutputStream = .output) { onLine(line, stream) }

  /// Runs a command whose lines go to the task's log; a command that does not succeed is an error.
  package func run(_ command: Command) async throws(TaskError) {
    let onLine = self.onLine
    try check(
      try await commands.run(command) { line, stream in onLine(line, stream) }, of: command,
      tail: [])
  }

  /// Runs a command and returns its standard output, its lines ended by newlines; what it writes to
  /// standard error goes to the log unless `isQuiet`.
  ///
  /// A command that does not succeed is an error.
  package func capture(
    _ command: Command, isQuiet: Bool = false
  ) async throws(TaskError) -> String {
    let collected = LineBuffer(limit: 64 << 20)
    let onLine = self.onLine
    let termination = try await commands.run(command) { line, stream in
      if stream == .output {
        collected.append(line, stream)
      } else if !isQuiet {
        onLine(line, stream)
      }
    }
    try check(termination, of: command, tail: collected.tail(10))
    return collected.text
  }

  /// A path for a file of this task's own, absolute; nothing is there yet.
  package func temporaryFile(_ name: String) -> String {
    temporary.appending("\(FileSystem.temporaryName())-\(name)").string
  }

  /// Removes what a command wrote to a ``temporaryFile(_:)``.
  package func removeTemporaryFile(_ path: String) {
    // What stays behind is cleared away with the temporary directory.
    try? FileSystem.removeFile(FilePath(path))
  }

  private func check(
    _ termination: Termination, of command: Command, tail: [String]
  ) throws(TaskError) {
    switch termination {
    case .exited(0): return
    case .exited(let status):
      throw TaskError(
        .exited(status), "`\(command.program)` exited with status \(status)",
        command: command.displayed, logTail: tail)
    case .signaled(let signal):
      throw TaskError(
        .signaled(signal), "`\(command.program)` was ended by signal \(signal)",
        hint: signal == 9
          ? "signal 9 is also what a system sends that runs out of memory; run it again" : nil,
        command: command.displayed, logTail: tail)
    }
  }
}

extension TaskError {
  /// A file operation that failed, as the failure of a task.
  package init(_ error: CacheError) {
    if case .missing = error.code {
      self.init(.fileMissing(error.path), error.description)
    } else {
      self.init(.files, error.description)
    }
  }
}
