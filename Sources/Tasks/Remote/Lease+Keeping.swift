// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a lease keeps its locks alive, and how it gives them back. Does not know how they were got.

package import TaskGraph

extension Lease {
  func startBeating() {
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
    let own = held.values.filter { !$0.isInherited }
    let gone = await withTaskGroup(of: Held?.self) { group in
      for lock in own {
        group.addTask {
          do throws(TaskError) {
            try await HostLock(host: lock.host, caller: caller).beat(lock.fence)
          } catch {
            // A host that does not answer now may answer to the next beat.
            if case .lockLost = error.code { return lock }
          }
          return nil
        }
      }
      var gone: [Held] = []
      for await lock in group { if let lock { gone.append(lock) } }
      return gone
    }
    for lock in gone { _ = await lose(lock) }
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
    LockClaim.end(run)
    guard let caller, !held.isEmpty else { return [:] }
    let locks = Array(held.values)
    let last = name?.id
    held = [:]
    stage = .idle
    stale = nil
    waited = false
    name = nil
    return await Self.atLast(
      locks.filter { !$0.isInherited || record != nil || last != nil }.map { lock in
        (
          lock.host.name,
          { () async throws(TaskError) in
            try await HostLock(host: lock.host, caller: caller)
              .release(lock.fence, isKept: lock.isInherited, record: record, last: last)
          }
        )
      })
  }

  /// Removes what was taken; where an answer was cut off, also what may have been.
  func giveBack(_ caller: RemoteCaller, isUnsure: Bool = false) async {
    let claim = claim(caller)
    var ends: [(host: String, end: End)] = []
    for lock in held.values where !lock.isInherited {
      ends.append(
        (
          lock.host.name,
          { () async throws(TaskError) in
            try await HostLock(host: lock.host, caller: caller)
              .release(lock.fence, isKept: false, record: nil, last: nil)
          }
        ))
    }
    if isUnsure {
      for host in hosts where held[host.name] == nil && unreachable[host.name] == nil {
        ends.append(
          (
            host.name,
            { () async throws(TaskError) in
              try await HostLock(host: host, caller: caller).forget(claim)
            }
          ))
      }
    }
    held = [:]
    _ = await Self.atLast(ends)
  }

  /// How a lock of one host is given back.
  private typealias End = @Sendable () async throws(TaskError) -> Void

  private static func atLast(_ ends: [(host: String, end: End)]) async -> [String: TaskError] {
    // A task of its own is not cancelled with the one that waits for it.
    await Task {
      await withTaskGroup(of: (String, TaskError?).self) { group in
        for (host, end) in ends {
          group.addTask {
            do throws(TaskError) {
              try await end()
            } catch {
              return (host, error)
            }
            return (host, nil)
          }
        }
        return await group.reduce(into: [:]) { errors, answer in errors[answer.0] = answer.1 }
      }
    }.value
  }
}
