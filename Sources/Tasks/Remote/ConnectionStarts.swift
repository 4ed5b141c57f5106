// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Paces the starts of connections: so many at once in all, one at a time to a host until it is known
// to answer. Servers refuse those that come too fast. Opens no connection itself.

import Synchronization
package import TaskGraph

/// Says when a connection may be started.
package final class ConnectionStarts: Sendable {
  /// The pace of this process.
  package static let shared = ConnectionStarts()

  /// The right to start one, until it stands.
  package final class Pass: Sendable {
    private enum Stage { case starting, standing, ended }

    private let starts: ConnectionStarts
    private let host: String
    private let stage: Mutex<Stage>
    /// Whether a connection is started, and not one shared that is known to stand.
    package let isStart: Bool

    fileprivate init(_ starts: ConnectionStarts, _ host: String, isStart: Bool) {
      self.starts = starts
      self.host = host
      self.isStart = isStart
      stage = Mutex(isStart ? .starting : .standing)
    }

    /// The host has answered: others need not wait any longer.
    package func stands() { leave(.standing, true, nil) }

    /// The command ended; an error tells those who wait for the same host what to expect.
    package func end(_ error: TaskError? = nil) { leave(.ended, false, error) }

    private func leave(_ next: Stage, _ stands: Bool, _ error: TaskError?) {
      let wasStarting = stage.withLock { stage in
        defer { stage = next }
        return stage == .starting
      }
      if wasStarting { starts.finish(host, stands: stands, error) }
    }
  }

  private struct Waiter {
    let id: Int
    let host: String
    let continuation: CheckedContinuation<Result<Pass, TaskError>, Never>
  }

  private struct HostState {
    var stands = false
    /// Whether the server takes one session a connection.
    var isLimited = false
    var starting = 0
    /// Why it could not be had, and until when that is taken to be still so.
    var failure: (error: TaskError, until: ContinuousClock.Instant)?
  }

  private struct State {
    var limit: Int
    var starting = 0
    var hosts: [String: HostState] = [:]
    var waiting: [Waiter] = []
    var cancelled: Set<Int> = []
    var next = 0
  }

  private let state: Mutex<State>

  private let memory: Duration

  /// At most `limit` starts at once; `memory` is how long a host that could not be had is not tried
  /// again, so that a task after the one that waited for it need not wait as well.
  package init(limit: Int = 16, memory: Duration = .seconds(15)) {
    state = Mutex(State(limit: max(1, limit)))
    self.memory = memory
  }

  /// Waits until a command may be sent to `host`.
  package func pass(for host: String) async throws(TaskError) -> Pass {
    let (id, known) = state.withLock { state -> (Int, TaskError?) in
      state.next += 1
      guard let failure = state.hosts[host]?.failure, failure.until > .now else {
        return (state.next, nil)
      }
      return (state.next, failure.error)
    }
    if let known { throw known }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isCancelled = state.withLock { state in
          if state.cancelled.remove(id) != nil { return true }
          state.waiting.append(Waiter(id: id, host: host, continuation: continuation))
          return false
        }
        if isCancelled { return continuation.resume(returning: Self.interrupted) }
        admit()
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let position = state.waiting.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.waiting.remove(at: position)
      }
      waiter?.continuation.resume(returning: Self.interrupted)
    }
    _ = state.withLock { $0.cancelled.remove(id) }
    return try result.get()
  }

  /// Whether somebody waits for a start.
  package var isAwaited: Bool { state.withLock { !$0.waiting.isEmpty } }

  /// A server refused a start: from now on fewer at once.
  package func slowDown() { state.withLock { $0.limit = max(2, $0.limit / 2) } }

  /// Whoever waits for `host` to come back tries it anew, whatever is known of it.
  package func forget(_ host: String) {
    state.withLock { state in
      state.hosts[host]?.failure = nil
      state.hosts[host]?.stands = false
    }
  }

  /// The server of `host` takes one session a connection: further ones are starts again.
  package func limitSessions(of host: String) {
    state.withLock { $0.hosts[host, default: HostState()].isLimited = true }
  }

  private static let interrupted = Result<Pass, TaskError>.failure(.interrupted)

  private func finish(_ host: String, stands: Bool, _ error: TaskError?) {
    let refused = state.withLock { [memory] state -> [Waiter] in
      state.starting -= 1
      state.hosts[host, default: HostState()].starting -= 1
      if stands { state.hosts[host, default: HostState()].stands = true }
      guard let error else { return [] }
      state.hosts[host, default: HostState()].failure = (error, .now + memory)
      let same = state.waiting.filter { $0.host == host }
      state.waiting.removeAll { $0.host == host }
      return same
    }
    if let error {
      for waiter in refused { waiter.continuation.resume(returning: .failure(error)) }
    }
    admit()
  }

  /// Lets all go that may go now, in the order in which they came.
  private func admit() {
    let admitted = state.withLock { state -> [(Waiter, Pass)] in
      var admitted: [(Waiter, Pass)] = []
      var kept: [Waiter] = []
      for waiter in state.waiting {
        var host = state.hosts[waiter.host, default: HostState()]
        if host.stands, !host.isLimited {
          admitted.append((waiter, Pass(self, waiter.host, isStart: false)))
        } else if state.starting < state.limit, host.starting < (host.stands ? 2 : 1) {
          state.starting += 1
          host.starting += 1
          state.hosts[waiter.host] = host
          admitted.append((waiter, Pass(self, waiter.host, isStart: true)))
        } else {
          kept.append(waiter)
        }
      }
      state.waiting = kept
      return admitted
    }
    for (waiter, pass) in admitted { waiter.continuation.resume(returning: .success(pass)) }
  }
}
