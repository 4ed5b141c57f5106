// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Carries out a job on a host: starts it once, finds it again where the connection breaks, asks it to
// stop where the run is interrupted, and hears it to its end. Knows nothing of what jobs do.

import Synchronization
import TaskGraph

extension RemoteCaller {
  /// How long a host that answered before is waited for, in seconds.
  private var patience: Int {
    environment["STAGECRAFT_SSH_RECONNECT"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } ?? 60
  }

  /// Runs a job and returns its standard output.
  ///
  /// Cancelling asks it to stop where it can: what it came to is returned, or an error with the code
  /// `cancelled` where it stopped half-way. It is waited for as long as it says that it takes.
  func carryOut(
    _ script: RemoteScript, _ job: HostJob, on host: Host
  ) async throws(TaskError) -> String {
    if Task.isCancelled { throw TaskError.interrupted }
    try Self.check(host)
    let (id, step) = work.begin(job, on: host.name)
    let isAsked = Mutex(false)
    // A task of its own is not cancelled with the one that waits for it.
    let hearing = Task { await self.hear(script, job, on: host) { isAsked.withLock { $0 } } }
    let heard = await withTaskCancellationHandler {
      await hearing.value
    } onCancel: {
      isAsked.withLock { $0 = true }
      Task { await silent.askToStop(job, on: host) }
      Task {
        // The bound of what was asked for: nobody cancels this one.
        try? await Task.sleep(for: .seconds(step.rest + 10))
        hearing.cancel()
      }
    }
    work.end(id, heard.end)
    return try heard.result.get()
  }

  /// What was heard of a job.
  private struct Heard: Sendable {
    let result: Result<String, TaskError>
    /// nil where it came to its end.
    var end: HostWork.End?

    init(_ error: TaskError, _ end: HostWork.End? = nil) {
      result = .failure(error)
      self.end = end
    }

    init(_ text: String) { result = .success(text) }
  }

  private func hear(
    _ script: RemoteScript, _ job: HostJob, on host: Host, isAsked: @Sendable () -> Bool
  ) async -> Heard {
    do throws(TaskError) {
      var (ended, stream) = try await start(script, on: host, isAsked: isAsked)
      var starts = 1
      while true {
        if let heard = try end(ended, stream, script, job, host) { return heard }
        log(
          "the connection to `\(host.name)` broke while \(job.words): it goes on there, connecting again",
          .error)
        guard let next = try await find(job, stream, on: host) else {
          return Heard(Self.unheard(job, host, stream), .unheard)
        }
        (ended, stream) = next
        guard stream.jobEnd == .absent else { continue }
        if isAsked() { throw TaskError.interrupted }
        starts += 1
        guard starts <= Self.attempts else {
          return Heard(Self.unheard(job, host, stream), .unheard)
        }
        (ended, stream) = try await start(script, on: host, isAsked: isAsked)
      }
    } catch {
      // Not its own end: who waited for it was told to wait no longer.
      return Heard(error, Task.isCancelled ? .unheard : nil)
    }
  }

  /// What an attempt says of the end of a job; nil where the connection broke before it.
  private func end(
    _ ended: Termination, _ stream: RemoteStream, _ script: RemoteScript, _ job: HostJob,
    _ host: Host
  ) throws(TaskError) -> Heard? {
    switch stream.jobEnd {
    case nil where stream.hasBegun && !Self.isBroken(ended):
      return Heard(try result(ended, stream, script, host))
    case nil, .absent: return nil
    case .status(HostJobScripts.stopped):
      return Heard(TaskError(.cancelled, "\(job.words) was interrupted"), .stopped)
    case .status(let status):
      return Heard(try result(.exited(status), stream, script, host))
    case .lost:
      throw TaskError(
        .unavailable(host.name), "\(job.words) on `\(host.name)` was ended from outside",
        hint: "the host may have been started anew: run it again, what is done is found out first",
        logTail: stream.tail)
    }
  }

  /// Whether a command came to its end before the script did.
  private static func isBroken(_ ended: Termination) -> Bool {
    switch ended {
    case .exited(let status): status == 255 || status == HostJobScripts.running
    case .signaled: true
    }
  }

  /// Starts the job; the stream ends with it, or with the connection.
  private func start(
    _ script: RemoteScript, on host: Host, isAsked: @Sendable () -> Bool
  ) async throws(TaskError) -> (Termination, RemoteStream) {
    var wait = Duration.milliseconds(250)
    var attempt = 1
    while true {
      let (ended, stream) = try await send(script, on: host, isAlone: attempt == Self.attempts)
      if stream.jobEnd != nil { return (ended, stream) }
      if ended == .exited(HostJobScripts.unkept) {
        throw TaskError(
          .unavailable(host.name),
          "`\(host.name)` cannot keep what a step does in `\(host.directory)/jobs`",
          hint: LockErrors.diskHint(host), logTail: stream.tail)
      }
      guard let failure = failure(ended, stream, host) else {
        if !stream.hasBegun { _ = try result(ended, stream, script, host) }
        return (ended, stream)
      }
      // It may be that it began: who follows it finds out.
      if failure.mayHaveBegun { return (ended, stream) }
      guard failure.kind == .refused, attempt < Self.attempts else { throw failure.error }
      if isAsked() { throw TaskError.interrupted }
      attempt += 1
      starts.slowDown()
      log("\(failure.error.message): trying again (\(attempt) of \(Self.attempts))", .error)
      try await rest(wait * Double.random(in: 0.5...1.5))
      wait *= 2
    }
  }

  /// Finds the job again; nil where the host does not answer.
  private func find(
    _ job: HostJob, _ stream: RemoteStream, on host: Host
  ) async throws(TaskError) -> (Termination, RemoteStream)? {
    let script = RemoteScript(HostJobScripts.follow, [job.directory, job.name])
    let begin = ContinuousClock.now
    var waited = Duration.zero
    var wait = Duration.milliseconds(250)
    while max(waited, ContinuousClock.now - begin) < .seconds(patience) {
      try await rest(wait)
      waited += wait
      wait = min(wait * 2, .seconds(5))
      starts.forget(host.name)
      do throws(TaskError) {
        // Nothing of the connection that broke is shared.
        let found = try await send(script, on: host, isAlone: true, shown: stream.shown)
        if found.1.hasBegun { return found }
      } catch {
        if error.code == .cancelled { throw error }
      }
    }
    return nil
  }

  private func askToStop(_ job: HostJob, on host: Host) async {
    let script = RemoteScript(HostJobScripts.stop, [job.directory, job.name])
    // Where it cannot be asked, it comes to its end without.
    _ = try? await plain(script, on: host)
  }

  private func rest(_ wait: Duration) async throws(TaskError) {
    do {
      try await pause(wait)
    } catch {
      throw TaskError.interrupted
    }
  }

  private static func unheard(_ job: HostJob, _ host: Host, _ stream: RemoteStream) -> TaskError {
    TaskError(
      .unavailable(host.name),
      "the connection to `\(host.name)` broke while \(job.words), which goes on there by itself",
      hint: "the next run waits for it and does what is left; see whether the host can be reached",
      logTail: stream.tail)
  }
}

extension SSHFailure {
  /// Whether the command may have been begun, for all that `ssh` says.
  var mayHaveBegun: Bool {
    if kind == .broken { return true }
    return error.logTail.contains { line in
      ["Broken pipe", "closed by remote host", "Timeout, server", "Connection reset"].contains {
        line.contains($0)
      } && !line.hasPrefix("kex_exchange") && !line.hasPrefix("ssh_exchange")
    } && kind == .final
  }
}
