// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The lock of one host, wherever it is kept: in a folder there, or in the engine that `driver: local`
// deploys to. Decides who may take over what; when it is taken, and for how long, is the lease's matter.

import Synchronization
import TaskGraph

/// Who asks for a lock.
struct LockClaim: Sendable {
  let token: String
  let owner: String
  let run: String
  /// Seconds of silence after which a lock may be taken over.
  let expiry: Int
  /// Tokens of programs that started this one: what they hold may be used.
  let inherited: [String]

  /// The runs of this process that may hold locks.
  private static let live = Mutex<Set<String>>([])

  /// From now on a run of this process may hold locks.
  static func begin(_ run: String) { _ = live.withLock { $0.insert(run) } }

  /// A run of this process holds no lock any more.
  static func end(_ run: String) { _ = live.withLock { $0.remove(run) } }

  /// Whether a lock is one that an earlier run of this checkout left behind, and that run is over: its
  /// heartbeat is nobody's then, however young.
  func isLeftover(_ holder: LockHolder) -> Bool {
    guard holder.token == token, holder.run != run, !holder.run.isEmpty else { return false }
    if holder.process == ProcessIdentity.current {
      return !Self.live.withLock { $0.contains(holder.run) }
    }
    return ProcessIdentity.isGone(holder.process)
  }
}

/// The lock of one host.
struct HostLock: Sendable {
  let host: Host
  let caller: RemoteCaller

  /// Whether it is kept in the engine: who shares that need not share the machine.
  private var isInEngine: Bool { host.reach == .local }

  /// Takes it, or says who has it.
  func take(_ claim: LockClaim) async throws(TaskError) -> LockAnswer {
    if isInEngine { return try await takeInEngine(claim) }
    let answer = try await ask(claim)
    guard case .held(let holder) = answer, claim.isLeftover(holder) else { return answer }
    let again = try await ask(claim, over: holder.run)
    guard case .ours(var grant) = again else { return again }
    grant.isLeftover = true
    return .ours(grant)
  }

  private func ask(
    _ claim: LockClaim, over run: String = ""
  ) async throws(TaskError) -> LockAnswer {
    let answer = try await call(
      LeaseScripts.take,
      [
        host.directory, claim.token, claim.owner, String(claim.expiry), claim.run,
        ProcessIdentity.current, run,
      ] + claim.inherited)
    return try LockAnswer(answer, on: host.name)
  }

  private func takeInEngine(_ claim: LockClaim) async throws(TaskError) -> LockAnswer {
    var broken = ""
    var from: LockHolder?
    var isLeftover = false
    var held: LockHolder?
    for _ in 1...4 {
      let answer = try EngineLockAnswer(
        try await call(
          EngineLockScripts.take,
          [
            host.directory, host.composeProject, claim.token, claim.owner, claim.run,
            ProcessIdentity.current, broken,
          ]), on: host.name)
      if let user = answer.denied { return .denied(user: user) }
      if let work = answer.busy { return .busy(work) }
      guard var grant = answer.grant else { throw LockAnswer.unexpected("no state", host.name) }
      if let taken = answer.taken {
        grant.container = taken.id
        grant.clock = taken.at
        grant.from = from
        grant.isLeftover = isLeftover
        return .ours(grant)
      }
      // Whoever had it has gone in between.
      guard let found = answer.found else { continue }
      let holder = found.holder
      grant.container = holder.container
      grant.clock = found.now
      if holder.token == claim.token, holder.run == claim.run { return .ours(grant) }
      if let position = claim.inherited.firstIndex(of: holder.token), !holder.token.isEmpty {
        grant.inherited = position
        return .ours(grant)
      }
      held = holder
      let isOver = claim.isLeftover(holder)
      guard isOver || holder.silence > claim.expiry else {
        // Where that fails its time does not run yet: the next one who asks sees it odd again.
        if found.isOdd { try? await beat(holder.container) }
        return .held(holder)
      }
      broken = holder.container
      from = isOver ? nil : holder
      isLeftover = isOver
    }
    guard let held else { throw LockAnswer.unexpected("", host.name) }
    return .held(held)
  }

  /// Says who holds it; nil for nobody.
  func holder() async throws(TaskError) -> LockHolder? {
    guard isInEngine else {
      return try LockAnswer.holder(
        in: try await call(LeaseScripts.look, [host.directory]), on: host.name)
    }
    let answer = try await call(EngineLockScripts.look, [host.composeProject])
    return try EngineLockAnswer(answer, on: host.name).found?.holder
  }

  /// Removes it from its holder; whether that one had it still, nil where somebody else has it by now.
  func remove(from holder: LockHolder) async throws(TaskError) -> Bool? {
    let answer =
      isInEngine
      ? try await call(EngineLockScripts.unlock, [holder.container])
      : try await call(LeaseScripts.unlock, [host.directory, holder.token, holder.run])
    return switch answer {
    case "removed\n": true
    case "gone\n": false
    default: nil
    }
  }

  /// Tells that the holder of this fence lives.
  func beat(_ fence: RemoteScript.Fence) async throws(TaskError) {
    guard let container = fence.container else {
      _ = try await call(LeaseScripts.beat, [fence.lock, fence.token], behind: fence)
      return
    }
    _ = try await call(EngineLockScripts.beat, [host.directory, container], behind: fence)
  }

  private func beat(_ container: String) async throws(TaskError) {
    _ = try await call(EngineLockScripts.beat, [host.directory, container])
  }

  /// Removes what a run may have taken, whose answer was cut off.
  func forget(_ claim: LockClaim) async throws(TaskError) {
    if isInEngine {
      _ = try await call(EngineLockScripts.forget, [claim.run])
    } else {
      let fence = RemoteScript.Fence(
        lock: host.directory + "/lock", token: claim.token, run: claim.run)
      _ = try await call(
        LeaseScripts.release, [host.directory, claim.token, "remove", "", ""], behind: fence)
    }
  }

  /// Gives it back, with what is to be kept of the run; `isKept` leaves the lock to whose it is.
  func release(
    _ fence: RemoteScript.Fence, isKept: Bool, record: LeaseRecord?, last: String?
  ) async throws(TaskError) {
    _ = try await call(
      LeaseScripts.release,
      [
        host.directory, fence.token, isKept ? "keep" : fence.container ?? "remove",
        record?.release ?? "", last ?? "",
      ], input: record.map { Array($0.text.utf8) }, behind: fence)
  }

  private func call(
    _ text: String, _ arguments: [String], input: [UInt8]? = nil,
    behind fence: RemoteScript.Fence? = nil
  ) async throws(TaskError) -> String {
    var script = RemoteScript(text, arguments, input: input)
    script.fence = fence
    // What is ours already is taken again without harm, and looking changes nothing.
    script.isRepeatable = fence == nil
    do throws(TaskError) {
      return try await caller.call(script, on: host)
    } catch {
      switch error.code {
      case .exited(74): throw LockErrors.unwritable(host, error.logTail)
      case .exited(75): throw LockErrors.engineSilent(host, error.logTail)
      default: throw error
      }
    }
  }
}
