// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What comes back while a script runs on a host: takes our own marks and the noise of `ssh` out of it,
// and keeps the rest. Judges nothing.

import Synchronization
import TaskGraph

/// The lines of one attempt to run a script.
final class RemoteStream: Sendable {
  private struct State {
    var hasBegun = false
    var isFenced = false
    var sessionsWereRefused = false
    var senderStatus: Int32?
    var jobEnd: JobEnd?
    /// Lines that an earlier attempt to hear of the same job has shown, and how many came again.
    var shown: [String]
    var again = 0
    /// Lines to standard error that came before the script is known to have begun.
    var early: [String] = []
  }

  /// Begins the line in which a pipeline says how its first part ended.
  static let sent = "stagecraft-sent "

  /// What a host said of the end of a job.
  enum JobEnd: Sendable, Hashable {
    case status(Int32)
    /// There is no such job.
    case absent
    /// It is gone, and how it ended is not known.
    case lost
  }

  private let state: Mutex<State>
  private let output = LineBuffer(limit: 64 << 20)
  private let errors = LineBuffer(limit: 64 << 10)
  private let log: @Sendable (String, OutputStream) -> Void
  private let onBegin: @Sendable () -> Void

  /// `shown` is what is not shown again, where it comes first.
  init(
    shown: [String] = [], log: @escaping @Sendable (String, OutputStream) -> Void,
    onBegin: @escaping @Sendable () -> Void
  ) {
    state = Mutex(State(shown: shown))
    self.log = log
    self.onBegin = onBegin
  }

  /// Whether the script is known to have begun.
  var hasBegun: Bool { state.withLock { $0.hasBegun } }
  /// Whether the script did not begin because the lock is not ours.
  var isFenced: Bool { state.withLock { $0.isFenced } }
  /// Whether the server took no further session on a shared connection.
  var sessionsWereRefused: Bool { state.withLock { $0.sessionsWereRefused } }
  /// How the first part of a pipeline ended.
  var senderStatus: Int32? { state.withLock { $0.senderStatus } }
  /// What is known of the end of a job.
  var jobEnd: JobEnd? { state.withLock { $0.jobEnd } }
  /// All lines of standard error that were shown.
  var shown: [String] { state.withLock { $0.shown } }
  /// Standard output of the script.
  var text: String { output.text }
  /// The end of standard error.
  var tail: [String] { errors.tail(20) }

  /// Takes a line of the command.
  func take(_ line: String, _ stream: OutputStream) {
    switch stream {
    case .output: takeOutput(line)
    case .error: takeError(line)
    }
  }

  private func takeOutput(_ line: String) {
    let early = state.withLock { state -> [String]? in
      if state.hasBegun { return nil }
      if line.hasSuffix(RemoteScript.fenced) { state.isFenced = true }
      guard line.hasSuffix(RemoteScript.begun) || state.isFenced else { return [] }
      state.hasBegun = true
      defer { state.early = [] }
      return state.early
    }
    guard let early else {
      if let (rest, end) = Self.jobEnd(line) {
        state.withLock { $0.jobEnd = end }
        if !rest.isEmpty { output.append(rest, .output) }
        return
      }
      return output.append(line, .output)
    }
    // What login files print before the script begins is nobody's.
    guard hasBegun else { return }
    onBegin()
    for line in early { show(line) }
  }

  /// The end of a job at the end of a line: what a script writes last may have no line feed.
  private static func jobEnd(_ line: String) -> (rest: String, end: JobEnd)? {
    if line.hasSuffix(HostJobScripts.absent) {
      return (String(line.dropLast(HostJobScripts.absent.count)), .absent)
    }
    if line.hasSuffix(HostJobScripts.lost) {
      return (String(line.dropLast(HostJobScripts.lost.count)), .lost)
    }
    let digits = line.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard digits > 0, let status = Int32(line.suffix(digits)) else { return nil }
    let rest = line.dropLast(digits)
    guard rest.hasSuffix(HostJobScripts.ended) else { return nil }
    return (String(rest.dropLast(HostJobScripts.ended.count)), .status(status))
  }

  /// Logs a line, unless it was logged when the same job was heard of before.
  private func show(_ line: String) {
    let isNew = state.withLock { state in
      if state.again < state.shown.count, state.shown[state.again] == line {
        state.again += 1
        return false
      }
      state.shown.removeSubrange(state.again...)
      state.shown.append(line)
      state.again += 1
      return true
    }
    if isNew { log(line, .error) }
  }

  private func takeError(_ line: String) {
    if line.hasPrefix(Self.sent), let status = Int32(line.dropFirst(Self.sent.count)) {
      return state.withLock { $0.senderStatus = status }
    }
    let isKept = state.withLock { state -> Bool? in
      if line.contains("Session open refused by peer") {
        state.sessionsWereRefused = true
        return nil
      }
      if Self.isNoise(line) { return nil }
      if !state.hasBegun { state.early.append(line) }
      return !state.hasBegun
    }
    guard let isKept else { return }
    errors.append(line, .error)
    if !isKept { show(line) }
  }

  /// Said by `ssh` where it goes on by itself.
  private static func isNoise(_ line: String) -> Bool {
    line.contains("already exists, disabling multiplexing")
      || line.hasPrefix("Control socket connect(") || line.hasPrefix("ControlSocket ")
      || line.hasPrefix("mux_client_request_session: session request failed")
  }
}
