// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What happens to one task whose dependencies are done: key, reuse or run, store. Runs as a child
// task; owns no state that another task sees.

import Cache
import SystemPackage

/// Performs single tasks.
struct TaskPerformer: Sendable {
  let state: ProjectState
  let commands: any CommandRunner
  let environment: [String: String]
  let options: RunOptions
  let runID: String
  let clock: RunClock
  let receipts: [String: Ledger.Receipt]
  let emit: @Sendable (Event.Kind) -> Void

  /// All that one task needs to be performed.
  struct Request: Sendable {
    let node: Graph.Node
    let position: Int
    let last: TaskIndex.Entry?
    let upstream: [Keying.Upstream]
    let values: [TaskID: any Storable]
  }

  /// Performs one task; never throws, always says how it ended.
  func perform(_ request: Request) async -> TaskResult {
    let start = clock.now
    var result: TaskResult
    if Task.isCancelled {
      result = TaskResult(
        position: request.position, outcome: .cancelled, reason: .unknown("the run was interrupted")
      )
    } else {
      switch request.node.work {
      case .pure(let task): result = await pure(task, request)
      case .observe(let task): result = await observe(task, request)
      case .effect(let task): result = await effect(task, request)
      }
    }
    result.start = start
    result.end = clock.now
    return result
  }

  // MARK: Pure tasks

  private func pure<Kind: PureTask>(_ task: Kind, _ request: Request) async -> TaskResult {
    // Digesting its inputs is part of what a task costs.
    let start = clock.now
    let reads = ReadSet()
    let log = LineBuffer()
    var context = self.context(request, reads, log)
    let manifest: Manifest
    do throws(TaskError) {
      manifest = try await Keying.manifest(
        of: task, .pure, upstream: request.upstream, outputs: task.outputs,
        timeout: request.node.policy.timeout, salt: options.salt, in: context)
    } catch {
      return failure(error, request, .unknown("its inputs could not be read"), log)
    }
    context.manifest = manifest
    let key = manifest.key
    var reason = Reason.forced
    if !isForced(request) {
      let reuse = PureReuse(state: state)
      switch await reuse.find(
        Kind.self, key: key, last: request.last, withLog: options.replaysLogs)
      {
      case .found(let hit):
        return await self.hit(hit, key: key, manifest: manifest, reads: reads.all, request)
      case .absent(let why):
        reason = why ?? Self.reason(manifest, request.last)
      case .failed(let error):
        warn(request, error)
        reason = Self.reason(manifest, request.last)
      }
    }
    return await execute(
      task, request, since: start, context: context, manifest: manifest, key: key, reads: reads,
      log: log, reason: reason)
  }

  private func hit(
    _ hit: PureReuse.Hit, key: Digest, manifest: Manifest, reads: ReadSet.Contents,
    _ request: Request
  ) async -> TaskResult {
    if options.replaysLogs, let log = hit.log { replay(log, request) }
    var result = TaskResult(
      position: request.position,
      outcome: .reused(saved: .nanoseconds(hit.duration), restored: hit.restored),
      reason: hit.isFromThisProject ? .unchanged : .cached)
    if let last = request.last, last.runID == runID {
      // It ran in this very run, before there was a graph that it could stand in.
      result.outcome = .executed(.nanoseconds(hit.duration))
      result.reason = Reason(of: last)
    }
    result.value = hit.value
    result.digest = Keying.digest(value: hit.bytes, outputs: hit.outputs)
    result.reads = reads
    result.outputs = zip(hit.outputs, hit.identities).map { ($0.path, $1) }
    result.isProvable = true
    if !hit.isFromThisProject || hit.identities != request.last?.identities {
      result.entry = entry(
        request, key: key, manifest: manifest, bytes: hit.bytes, outputs: hit.outputs,
        identities: hit.identities, duration: hit.duration, succeeded: true)
      // It did not run: what explains its last execution stays as it was.
      result.entry = result.entry?.explained(as: request.last)
    }
    return result
  }

  private func execute<Kind: PureTask>(
    _ task: Kind, _ request: Request, since start: Int64, context: TaskContext,
    manifest: Manifest, key: Digest, reads: ReadSet, log: LineBuffer, reason: Reason
  ) async -> TaskResult {
    emit(.started(request.node.id, reason))
    let collection = OutputCollection(state: state, declaration: task.outputs)
    var aside: SetAside?
    do throws(CacheError) {
      aside = try collection.setAside(request.last)
      try collection.makeFolders()
    } catch {
      putBack(aside, request)
      return failure(TaskError(error), request, reason, log, manifest: manifest, key: key)
    }
    let ran = await attempts(request).run { () async throws(TaskError) in
      try await task.run(in: context)
    }
    let duration = clock.now - start
    let made: OutputCollection.Collected
    let value: Kind.Output
    do throws(TaskError) {
      value = try ran.get()
      made = try await collection.collect(task: request.node.id)
    } catch {
      putBack(aside, request)
      return failure(error, request, reason, log, manifest: manifest, key: key)
    }
    do throws(CacheError) { try aside?.discard(keeping: made.outputs) } catch let fault {
      warn(request, fault)
    }
    for note in made.warnings { emit(.warning(request.node.id, note)) }
    let bytes = value.storedBytes
    let all = reads.all
    let changed = await changedInput(task, collection, all, manifest, context, request)
    if let changed {
      emit(
        .warning(
          request.node.id, "`\(changed)` changed while the task ran, so its result is not kept"))
    } else if made.isStored {
      let stored = log.stored
      store(
        ActionRecord(
          key: key, task: request.node.id.text, value: bytes, outputs: made.outputs,
          log: storeLog(stored, request), logSize: Int64(stored.count), duration: duration),
        request)
    }
    var result = TaskResult(
      position: request.position, outcome: .executed(.nanoseconds(duration)), reason: reason)
    result.value = value
    result.digest = Keying.digest(value: bytes, outputs: made.outputs)
    result.reads = all
    result.outputs = zip(made.outputs, made.identities).map { ($0.path, $1) }
    result.isProvable = changed == nil
    result.entry = entry(
      request, key: key, manifest: manifest, bytes: bytes, outputs: made.outputs,
      identities: made.identities, duration: duration, succeeded: changed == nil,
      reason: reason)
    return result
  }

  /// Brings back what was set aside for an execution that came to nothing.
  private func putBack(_ aside: SetAside?, _ request: Request) {
    do throws(CacheError) {
      _ = try aside?.putBack()
    } catch {
      warn(request, error)
    }
  }

  /// An input that is not what it was when the key was made: by identity, and for patterns by
  /// describing the task again.
  private func changedInput<Kind: PureTask>(
    _ task: Kind, _ collection: OutputCollection, _ reads: ReadSet.Contents,
    _ manifest: Manifest, _ context: TaskContext, _ request: Request
  ) async -> String? {
    if let path = collection.changedInput(of: reads) { return path }
    // Directories change when the task writes into them; one that was not there may be there now.
    let listed = reads.files.contains { path, before in
      if let before { return before.type == .directory }
      return FileIdentity(state.root.pushing(FilePath(path)).string)?.type == .directory
    }
    guard listed else { return nil }
    do throws(TaskError) {
      let again = try await Keying.manifest(
        of: task, .pure, upstream: request.upstream, outputs: task.outputs,
        timeout: request.node.policy.timeout, salt: options.salt, in: context)
      return again.changes(since: manifest).first?.name
    } catch {
      return "an input"
    }
  }

  // MARK: Observations

  private func observe<Kind: ObserveTask>(_ task: Kind, _ request: Request) async -> TaskResult {
    let log = LineBuffer()
    let reads = ReadSet()
    let context = self.context(request, reads, log)
    emit(.started(request.node.id, .alwaysObserves))
    let start = clock.now
    let ran = await attempts(request).run { () async throws(TaskError) in
      try await task.run(in: context)
    }
    switch ran {
    case .success(let value):
      let bytes = value.storedBytes
      let digest = Digest.of(bytes)
      var result = TaskResult(
        position: request.position, outcome: .executed(.nanoseconds(clock.now - start)),
        reason: .alwaysObserves)
      result.value = value
      result.digest = digest
      result.reads = reads.all
      result.observation = VerifyingTrace.Observation(
        kind: Kind.kind, request: task.request, digest: digest)
      result.isProvable = true
      return result
    case .failure(let error):
      return failure(error, request, .alwaysObserves, log)
    }
  }

  // MARK: Shared steps

  func context(
    _ request: Request, _ reads: ReadSet, _ log: LineBuffer
  ) -> TaskContext {
    let id = request.node.id
    let emit = self.emit
    let redaction = options.redaction
    return TaskContext(
      id: id, root: state.root, files: state.files, environment: environment, commands: commands,
      reads: reads, upstream: request.values, temporary: state.layout.temporary
    ) { told, stream in
      let line = redaction(told)
      log.append(line, stream)
      emit(.output(id, line: line, stream, replayed: false))
    }
  }

  func attempts(_ request: Request) -> Attempts {
    let emit = self.emit
    let redaction = options.redaction
    let id = request.node.id
    return Attempts(
      timeout: request.node.policy.timeout, retries: request.node.policy.retries,
      pause: options.retryPause
    ) { attempt, count, pause, error in
      emit(.retrying(id, attempt: attempt, of: count, after: pause, redaction(error)))
    }
  }

  func isForced(_ request: Request) -> Bool {
    options.force?.matches(request.node.id.text) ?? false
  }

  /// Why a task whose result is not to be had must run.
  static func reason(_ manifest: Manifest, _ last: TaskIndex.Entry?) -> Reason {
    guard let last else { return .neverRan }
    let changes = manifest.changes(since: last.manifest)
    if !changes.isEmpty { return .changed(changes) }
    return last.succeeded ? .evicted : .lastRunFailed
  }

  func failure(
    _ error: TaskError, _ request: Request, _ reason: Reason, _ log: LineBuffer,
    manifest: Manifest? = nil, key: Digest? = nil
  ) -> TaskResult {
    var result = TaskResult(
      position: request.position, outcome: .failed(error), reason: reason)
    if error.code == .cancelled {
      result.outcome = .cancelled
    } else {
      var told = options.redaction(error)
      if told.logTail.isEmpty { told.logTail = log.tail(20) }
      result.outcome = .failed(told)
    }
    if let manifest, let key {
      // What the last good run made stays known, so that it can be cleared away later.
      result.entry = entry(
        request, key: key, manifest: manifest, bytes: [], outputs: request.last?.outputs ?? [],
        identities: request.last?.identities ?? [], duration: request.last?.duration ?? 0,
        succeeded: false, reason: reason)
    }
    return result
  }

  func entry(
    _ request: Request, key: Digest, manifest: Manifest, bytes: [UInt8], outputs: [OutputFile],
    identities: [FileIdentity], duration: Int64, succeeded: Bool, reason: Reason = .cached
  ) -> TaskIndex.Entry {
    TaskIndex.Entry(
      task: request.node.id.text, key: key, manifest: manifest, value: bytes,
      valueDigest: Keying.digest(value: bytes, outputs: outputs), outputs: outputs,
      identities: identities, duration: duration, runID: runID, succeeded: succeeded,
      lastChanges: request.last.map { manifest.changes(since: $0.manifest) } ?? [],
      cause: reason.cause,
      ranAt: RunClock.wallNanoseconds)
  }

  func storeLog(_ bytes: [UInt8], _ request: Request) -> Digest? {
    guard !bytes.isEmpty else { return nil }
    do throws(CacheError) {
      return try state.contents.insert(bytes)
    } catch {
      warn(request, error)
      return nil
    }
  }

  func store(_ record: ActionRecord, _ request: Request) {
    do throws(CacheError) {
      try state.actions.store(record)
    } catch {
      warn(request, error)
    }
  }

  func record(_ receipt: Ledger.Receipt, _ request: Request) {
    do throws(CacheError) {
      try state.ledger.append(receipt)
    } catch {
      warn(request, error)
    }
  }

  func replay(_ log: Digest, _ request: Request) {
    do throws(CacheError) {
      guard let bytes = try state.contents.read(log) else { return }
      for (line, stream) in LineBuffer.lines(stored: bytes) {
        emit(.output(request.node.id, line: line, stream, replayed: true))
      }
    } catch {
      warn(request, error)
    }
  }

  func warn(_ request: Request, _ error: CacheError) {
    emit(.warning(request.node.id, error.description))
  }
}
