// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a lease gets its locks: asks all hosts, waits for other holders, leaves out who does not answer.
// Runs nothing that changes what is deployed.

import TaskGraph

extension Lease {
  func take(_ caller: RemoteCaller, in context: TaskContext) async throws(TaskError) {
    let begin = timing.now()
    var announced: String?
    while true {
      guard let blocked = try await takeAll(caller, in: context) else { return }
      await giveBack(caller)
      // What works on a host is waited for as long as it says, whatever was asked for.
      let deadline = [wait.map { begin + $0 }, blocked.rest.map { timing.now() + $0 }]
        .compactMap(\.self).max()
      guard let deadline, timing.now() < deadline else { throw blocked.error }
      stale = blocked.host
      waited = true
      if announced != blocked.name {
        let most = blocked.rest.map { ", at most \(DurationFormat.text($0))" } ?? ""
        context.log("\(blocked.error.message); waiting for it\(most)", .error)
        announced = blocked.name
      }
      do {
        try await timing.pause(timing.poll)
      } catch {
        throw TaskError.interrupted
      }
    }
  }

  private struct Blocked {
    let host: String
    /// Tells it from another one.
    let name: String
    let error: TaskError
    /// How long it is waited for in any case.
    var rest: Duration?
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
    let answers = await withTaskGroup(of: (Host, Result<LockAnswer, TaskError>).self) {
      group in
      for host in rest { group.addTask { (host, await self.answer(host, caller)) } }
      var answers: [(Host, Result<LockAnswer, TaskError>)] = []
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
  ) async -> Result<LockAnswer, TaskError> {
    do throws(TaskError) {
      return .success(try await HostLock(host: host, caller: caller).take(claim(caller)))
    } catch {
      return .failure(error)
    }
  }

  /// What hosts are told of this run when they are asked for their lock.
  func claim(_ caller: RemoteCaller) -> LockClaim {
    LockClaim(
      token: token, owner: owner, run: run, expiry: timing.expiry,
      inherited: inheritedTokens(caller))
  }

  private nonisolated func inheritedTokens(_ caller: RemoteCaller) -> [String] {
    (caller.environment[Self.variable] ?? "").split(separator: ",").map(String.init)
  }

  private func note(
    _ answer: Result<LockAnswer, TaskError>, of host: Host, in context: TaskContext
  ) throws(TaskError) -> Blocked? {
    switch answer {
    case .failure(let error):
      guard case .unavailable = error.code, hosts.count > 1 else { throw error }
      unreachable[host.name] = error
      context.log("\(error.message): it is left out", .error)
      return nil
    case .success(.held(let holder)):
      return Blocked(host: host.name, name: holder.token, error: LockErrors.locked(host, holder))
    case .success(.busy(let work)):
      return Blocked(
        host: host.name, name: "\(host.name) \(work.words)", error: work.error(on: host),
        rest: work.rest)
    case .success(.denied(let user)): throw LockErrors.denied(host, user)
    case .success(.ours(let grant)):
      let tokens = caller.map(inheritedTokens) ?? []
      let inherited = grant.inherited
      let token = inherited.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil } ?? self.token
      held[host.name] = Held(
        host: host,
        fence: RemoteScript.Fence(
          lock: host.directory + "/lock", token: token, run: inherited == nil ? run : nil,
          container: grant.container),
        isInherited: inherited != nil, applied: grant.applied, isLeftover: grant.isLeftover,
        clock: grant.clock, newest: grant.newest)
      if let expired = grant.from {
        stale = host.name
        let silence = DurationFormat.text(.seconds(expired.silence))
        context.log(
          "took over the lock of `\(host.name)` from `\(expired.owner)`, silent for \(silence)",
          .error)
      }
      return nil
    }
  }
}
