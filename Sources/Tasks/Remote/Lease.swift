// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The lock of an environment, held on each of its hosts while one run changes them: taken with the
// first change, kept alive by heartbeats, given back at the end.

package import TaskGraph

/// The right of one run to change the hosts of an environment.
///
/// A lease may outlive a graph: after an error with the code `moved` the same goal is planned again
/// with the same lease, which stays held; ``refresh()`` says that facts were read anew. It is given
/// back with ``release(recording:)`` alone.
package actor Lease {
  /// The variable by which programs that a deploy starts know its lock for theirs: tokens with commas.
  package static let variable = "STAGECRAFT_LOCK_TOKEN"

  /// The lock of one host while it is ours.
  private struct Held {
    let host: Host
    let fence: RemoteScript.Fence
    /// Whether the program that started this one holds it.
    let isInherited: Bool
    /// What was applied there when it was taken; refreshed where a caller knows better.
    var receipt: HostReceipt?
    /// Whether somebody took it from us.
    var isLost = false
  }

  private enum Stage {
    case idle
    case taking([CheckedContinuation<TaskError?, Never>])
    case held
  }

  /// Sorted by name: whoever begins with the same host cannot wait for us while we wait for them.
  private var hosts: [Host]
  private let owner: String
  /// Tells this holder from others of the same name.
  package nonisolated let token: String
  /// Tells this run from earlier ones with the same token.
  private let run = String(UInt64.random(in: .min ... .max), radix: 36)
  private let wait: Duration?
  private let timing: LeaseTiming
  private var stage = Stage.idle
  private var held: [String: Held] = [:]
  private var unreachable: [String: TaskError] = [:]
  /// The host because of which what callers know may be wrong.
  private var stale: String?
  private var caller: RemoteCaller?
  private var heart: Task<Void, Never>?

  /// A lease on `hosts` that is not taken yet; `wait` is how long another holder may be waited for,
  /// nil for not at all.
  package init(
    hosts: [Host], owner: String, token: String, wait: Duration?,
    timing: LeaseTiming = LeaseTiming()
  ) {
    self.hosts = hosts.sorted { $0.name < $1.name }
    self.owner = owner
    self.token = token
    self.wait = wait
    self.timing = timing
  }

  deinit { heart?.cancel() }

  // MARK: Use

  /// Leaves a host out: no lock is taken there.
  ///
  /// For hosts whose facts could not be had; one that cannot be reached when locks are taken is left
  /// out as well, and fails what is run on it alone.
  package func exclude(_ host: Host) { hosts.removeAll { $0.name == host.name } }

  /// From now on callers know what is on the hosts: their facts are read while the locks are held.
  ///
  /// A lock that was lost is taken anew with the next change, where its new holder has gone.
  package func refresh() {
    stale = nil
    guard case .held = stage, held.values.contains(where: \.isLost) else { return }
    held = held.filter { !$0.value.isLost }
    stage = .idle
  }

  /// Takes the locks of all hosts, where that has not been done.
  package func hold(in context: TaskContext) async throws(TaskError) {
    while true {
      switch stage {
      case .held: return
      case .taking:
        let error = await withCheckedContinuation {
          (continuation: CheckedContinuation<TaskError?, Never>) in
          guard case .taking(let waiting) = stage else {
            return continuation.resume(returning: nil)
          }
          stage = .taking(waiting + [continuation])
        }
        // Where only that task was stopped, the next one goes on.
        if let error, error.code != .cancelled { throw error }
        if Task.isCancelled { throw TaskError(.cancelled, "the run was interrupted") }
      case .idle:
        stage = .taking([])
        let caller = self.caller ?? RemoteCaller(context).silent
        self.caller = caller
        do throws(TaskError) {
          try await take(caller, in: context)
        } catch {
          await giveBack(caller, isUnsure: error.code == .cancelled)
          leave(.idle, error)
          throw error
        }
        leave(.held, nil)
        startBeating()
      }
    }
  }

  /// Runs a script that changes `host`: takes the locks of all hosts first where that has not been
  /// done, and lets the host refuse the script where the lock is no longer ours.
  ///
  /// `receipt` is what the caller knows to be applied there; where the lock finds another one, or was
  /// somebody else's before, the error has the code `moved`.
  package func run(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil, on host: Host,
    since receipt: HostReceipt?, in context: TaskContext
  ) async throws(TaskError) -> String {
    try await send(
      RemoteScript(script, arguments, input: input), on: host, since: receipt, in: context)
  }

  /// The same, with what a local command writes as the script's standard input; see
  /// ``RemoteShell/pipe(from:_:_:in:)``.
  package func pipe(
    from producer: Command, _ script: String, _ arguments: [String] = [], on host: Host,
    since receipt: HostReceipt?, in context: TaskContext
  ) async throws(TaskError) -> String {
    var piped = RemoteScript(script, arguments)
    piped.producer = producer
    return try await send(piped, on: host, since: receipt, in: context)
  }

  private func send(
    _ script: RemoteScript, on host: Host, since receipt: HostReceipt?, in context: TaskContext
  ) async throws(TaskError) -> String {
    try await hold(in: context)
    guard let lock = held[host.name] else {
      throw unreachable[host.name]
        ?? TaskError(.invariant, "`\(context.id)` would change `\(host.name)`, which is not locked")
    }
    if lock.isLost { throw LockErrors.lost(host.name) }
    if let stale { throw LockErrors.moved(stale) }
    if lock.receipt != receipt { try await compare(lock, receipt) }
    var script = script
    script.fence = lock.fence
    do throws(TaskError) {
      return try await RemoteCaller(context).call(script, on: host)
    } catch {
      if case .moved = error.code { held[host.name]?.isLost = true }
      throw error
    }
  }

  /// Asks the host once more: this run itself may have applied something since the lock was taken.
  private func compare(_ lock: Held, _ receipt: HostReceipt?) async throws(TaskError) {
    guard let caller else { return }
    let now = try await locked(lock.host, caller)
    guard case .ours(let found, _, _) = now, found == receipt else {
      throw LockErrors.moved(lock.host.name)
    }
    held[lock.host.name]?.receipt = found
  }

  private func leave(_ next: Stage, _ error: TaskError?) {
    guard case .taking(let waiting) = stage else { return }
    stage = next
    for continuation in waiting { continuation.resume(returning: error) }
  }

  // MARK: Taking

  private func take(_ caller: RemoteCaller, in context: TaskContext) async throws(TaskError) {
    let deadline = wait.map { timing.now() + $0 }
    var announced: String?
    while true {
      guard let blocked = try await takeAll(caller, in: context) else { return }
      await giveBack(caller)
      guard let deadline, timing.now() < deadline else { throw blocked.error }
      stale = blocked.host
      if announced != blocked.holder.token {
        context.log("\(blocked.error.message); waiting for it", .error)
        announced = blocked.holder.token
      }
      do {
        try await timing.pause(timing.poll)
      } catch {
        throw TaskError(.cancelled, "the run was interrupted")
      }
    }
  }

  private struct Blocked {
    let host: String
    let holder: LockHolder
    let error: TaskError
  }

  /// Takes the first lock, then the others at once; returns who is in the way.
  private func takeAll(
    _ caller: RemoteCaller, in context: TaskContext
  ) async throws(TaskError) -> Blocked? {
    let missing = hosts.filter { held[$0.name] == nil && unreachable[$0.name] == nil }
    var rest = missing[...]
    while let first = rest.popFirst() {
      if let blocked = try note(await answer(first, caller), of: first, in: context) {
        return blocked
      }
      if held[first.name] != nil { break }
    }
    let answers = await withTaskGroup(of: (Host, Result<LeaseScripts.Taken, TaskError>).self) {
      group in
      for host in rest { group.addTask { (host, await self.answer(host, caller)) } }
      var answers: [(Host, Result<LeaseScripts.Taken, TaskError>)] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
    var blocked: Blocked?
    var failure: TaskError?
    // All are noted before one is answered for: those that were taken must be given back.
    for (host, answer) in answers.sorted(by: { $0.0.name < $1.0.name }) {
      do throws(TaskError) {
        let found = try note(answer, of: host, in: context)
        blocked = blocked ?? found
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return blocked
  }

  private func answer(
    _ host: Host, _ caller: RemoteCaller
  ) async -> Result<LeaseScripts.Taken, TaskError> {
    do throws(TaskError) {
      return .success(try await locked(host, caller))
    } catch {
      return .failure(error)
    }
  }

  private func locked(
    _ host: Host, _ caller: RemoteCaller
  ) async throws(TaskError) -> LeaseScripts.Taken {
    var script = RemoteScript(
      LeaseScripts.take,
      [host.directory, token, owner, String(timing.expiry), run] + inheritedTokens(caller))
    // A lock that is ours already is taken again without harm.
    script.isRepeatable = true
    do throws(TaskError) {
      return try LeaseScripts.taken(try await caller.call(script, on: host), on: host.name)
    } catch {
      guard error.code == .exited(74) else { throw error }
      throw TaskError(
        .unavailable(host.name), "`\(host.name)` cannot store the lock in `\(host.directory)`",
        hint: "its disk may be full: look with `ssh \(host.name) df -h`", logTail: error.logTail)
    }
  }

  private nonisolated func inheritedTokens(_ caller: RemoteCaller) -> [String] {
    (caller.environment[Self.variable] ?? "").split(separator: ",").map(String.init)
  }

  private func note(
    _ answer: Result<LeaseScripts.Taken, TaskError>, of host: Host, in context: TaskContext
  ) throws(TaskError) -> Blocked? {
    switch answer {
    case .failure(let error):
      guard case .unavailable = error.code, hosts.count > 1 else { throw error }
      unreachable[host.name] = error
      context.log("\(error.message): it is left out", .error)
      return nil
    case .success(.held(let holder)):
      return Blocked(host: host.name, holder: holder, error: LockErrors.locked(host, holder))
    case .success(.denied(let user)): throw LockErrors.denied(host, user)
    case .success(.ours(let receipt, let inherited, let expired)):
      let tokens = caller.map(inheritedTokens) ?? []
      let token = inherited.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil } ?? self.token
      held[host.name] = Held(
        host: host,
        fence: RemoteScript.Fence(
          lock: host.directory + "/lock", token: token, run: inherited == nil ? run : nil),
        isInherited: inherited != nil, receipt: receipt)
      if let expired {
        stale = host.name
        let silence = DurationFormat.text(.seconds(expired.silence))
        context.log(
          "took over the lock of `\(host.name)` from `\(expired.owner)`, silent for \(silence)",
          .error)
      }
      return nil
    }
  }

  // MARK: Keeping

  private func startBeating() {
    guard heart == nil, held.values.contains(where: { !$0.isInherited }) else { return }
    let timing = self.timing
    // No task of a graph may own it: it goes on between them.
    heart = Task { [weak self] in
      while !Task.isCancelled {
        do { try await timing.pause(timing.beat) } catch { return }
        guard let self else { return }
        await self.beat()
      }
    }
  }

  /// Tells every host that this holder lives.
  package func beat() async {
    guard let caller else { return }
    let own = held.values.filter { !$0.isInherited && !$0.isLost }
    await withTaskGroup(of: String?.self) { group in
      for lock in own {
        group.addTask {
          var script = RemoteScript(LeaseScripts.beat, [lock.fence.lock, lock.fence.token])
          script.fence = lock.fence
          do throws(TaskError) {
            _ = try await caller.call(script, on: lock.host)
          } catch {
            // A host that does not answer now may answer to the next beat.
            if case .moved = error.code { return lock.host.name }
          }
          return nil
        }
      }
      for await lost in group { if let lost { held[lost]?.isLost = true } }
    }
  }

  // MARK: Giving back

  /// Removes our locks on all hosts at once, and writes `record.json` of a release there before; returns
  /// the hosts on which that failed, where the locks expire by themselves.
  ///
  /// Works in a task that was cancelled: it is the last thing that an interrupted run does.
  @discardableResult
  package func release(recording record: LeaseRecord? = nil) async -> [String: TaskError] {
    heart?.cancel()
    heart = nil
    guard let caller, !held.isEmpty else { return [:] }
    let locks = held.values.filter { !$0.isLost }
    held = [:]
    stage = .idle
    stale = nil
    return await Self.give(locks, record, caller)
  }

  /// Removes what was taken; where an answer was cut off, also what may have been.
  private func giveBack(_ caller: RemoteCaller, isUnsure: Bool = false) async {
    var locks = held.values.filter { !$0.isInherited }
    if isUnsure {
      for host in hosts where held[host.name] == nil && unreachable[host.name] == nil {
        let fence = RemoteScript.Fence(lock: host.directory + "/lock", token: token)
        locks.append(Held(host: host, fence: fence, isInherited: false))
      }
    }
    held = [:]
    _ = await Self.give(locks, nil, caller)
  }

  private static func give(
    _ locks: [Held], _ record: LeaseRecord?, _ caller: RemoteCaller
  ) async -> [String: TaskError] {
    // A task of its own is not cancelled with the one that waits for it.
    await Task {
      await withTaskGroup(of: (String, TaskError?).self) { group in
        for lock in locks where !lock.isInherited || record != nil {
          group.addTask {
            var script = RemoteScript(
              LeaseScripts.release,
              [
                lock.host.directory, lock.fence.token, lock.isInherited ? "keep" : "remove",
                record?.release ?? "",
              ], input: record.map { Array($0.text.utf8) })
            script.fence = lock.fence
            do throws(TaskError) {
              _ = try await caller.call(script, on: lock.host)
            } catch {
              return (lock.host.name, error)
            }
            return (lock.host.name, nil)
          }
        }
        return await group.reduce(into: [:]) { errors, answer in errors[answer.0] = answer.1 }
      }
    }.value
  }
}
