// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs one script on a host, over as many connections as it takes: paced, tried again where the server
// turned it away, never again once it may have begun. Knows nothing of what scripts do.

import Synchronization
package import TaskGraph

/// The means to run scripts on hosts.
package struct RemoteCaller: Sendable {
  static let attempts = 5

  package let commands: any CommandRunner
  /// The user's.
  package let environment: [String: String]
  package var log: @Sendable (String, OutputStream) -> Void
  package var starts = ConnectionStarts.shared
  package var traffic = RemoteTraffic.shared
  package var work = HostWork.shared
  /// How time passes between attempts.
  package var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

  /// Makes a caller.
  package init(
    commands: any CommandRunner, environment: [String: String],
    log: @escaping @Sendable (String, OutputStream) -> Void = { _, _ in }
  ) {
    self.commands = commands
    self.environment = environment
    self.log = log
  }

  /// The means of a task.
  package init(_ context: TaskContext) {
    self.init(
      commands: context.commands, environment: context.environmentOfUser,
      log: { context.log($0, $1) })
  }

  /// The same for work that no task's log is of.
  package var silent: RemoteCaller {
    var copy = self
    copy.log = { _, _ in }
    return copy
  }

  /// How many seconds connecting may take.
  private var timeout: Int {
    environment["STAGECRAFT_SSH_TIMEOUT"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 10
  }

  /// Runs a script and returns its standard output.
  ///
  /// One that is a job goes on where the connection breaks or the caller is cancelled, and is heard to
  /// its end: see ``carryOut(_:_:on:)``.
  package func call(_ script: RemoteScript, on host: Host) async throws(TaskError) -> String {
    if let job = script.job { return try await carryOut(script, job, on: host) }
    return try await plain(script, on: host)
  }

  /// Runs a script that ends with its connection.
  func plain(_ script: RemoteScript, on host: Host) async throws(TaskError) -> String {
    switch host.reach {
    case .local:
      let (ended, stream) = try await send(script, on: host)
      return try result(ended, stream, script, host)
    case .ssh:
      try Self.check(host)
      return try await attempt(script, on: host)
    }
  }

  static func check(_ host: Host) throws(TaskError) {
    guard host.reach == .local || SSHCommand.isHost(host.name) else {
      throw TaskError(
        .input, "`\(host.name)` cannot be the name of a host",
        hint: "a name has no blanks and does not begin with `-`")
    }
  }

  private func attempt(
    _ script: RemoteScript, on host: Host
  ) async throws(TaskError) -> String {
    var wait = Duration.milliseconds(250)
    var attempt = 1
    while true {
      let failure: SSHFailure
      switch try await once(script, on: host, isLast: attempt == Self.attempts) {
      case .success(let text): return text
      case .failure(let ssh): failure = ssh.failure
      }
      let isWorthIt = failure.kind == .refused || failure.kind == .broken && script.isRepeatable
      guard isWorthIt, attempt < Self.attempts else { throw failure.error }
      attempt += 1
      if failure.kind == .refused { starts.slowDown() }
      log("\(failure.error.message): trying again (\(attempt) of \(Self.attempts))", .error)
      do {
        // Those who were turned away together must not come back together.
        try await pause(wait * Double.random(in: 0.5...1.5))
      } catch {
        throw TaskError.interrupted
      }
      wait *= 2
    }
  }

  /// What `ssh` could not do, where another attempt may.
  private struct Unreached: Error { let failure: SSHFailure }

  private func once(
    _ script: RemoteScript, on host: Host, isLast: Bool
  ) async throws(TaskError) -> Result<String, Unreached> {
    let (ended, stream) = try await send(script, on: host, isAlone: isLast)
    if let failure = failure(ended, stream, host) {
      return .failure(Unreached(failure: failure))
    }
    if stream.hasBegun, ended == .exited(255) {
      let error = TaskError(
        .unavailable(host.name),
        "the connection to `\(host.name)` broke while a script ran there; how far it came is unknown",
        hint: "run it again: what is done already is found out first", logTail: stream.tail)
      guard script.isRepeatable else { throw error }
      return .failure(Unreached(failure: SSHFailure(broken: error)))
    }
    return .success(try result(ended, stream, script, host))
  }

  /// Sends a script once; `shown` is what is not logged again.
  func send(
    _ script: RemoteScript, on host: Host, isAlone: Bool = false, shown: [String] = []
  ) async throws(TaskError) -> (Termination, RemoteStream) {
    if host.reach == .local {
      let stream = RemoteStream(shown: shown, log: log, onBegin: {})
      let command = assembled(script, Self.local(script, environment))
      return (try await commands.run(command) { stream.take($0, $1) }, stream)
    }
    let pass = try await starts.pass(for: host.name)
    defer { pass.end() }
    traffic.countRoundTrip()
    if pass.isStart { traffic.countConnection() }
    let stream = RemoteStream(shown: shown, log: log) { pass.stands() }
    // The last try shares nothing: a jump host that fails says why to a connection of one's own only.
    let sockets = isAlone ? nil : ControlSockets.folder(environment: environment)
    let command = SSHCommand.run(
      script.words(for: .ssh), on: host.name, sockets: sockets, timeout: timeout,
      input: script.input, environment: environment)
    let ended = try await commands.run(assembled(script, command)) { stream.take($0, $1) }
    if stream.sessionsWereRefused {
      starts.limitSessions(of: host.name)
      if !pass.isStart { traffic.countConnection() }
    }
    if let failure = failure(ended, stream, host), failure.kind == .final {
      pass.end(failure.error)
    }
    return (ended, stream)
  }

  /// Why `ssh` ran nothing; nil where it did, as far as this end knows.
  func failure(_ ended: Termination, _ stream: RemoteStream, _ host: Host) -> SSHFailure? {
    guard host.reach == .ssh, !stream.hasBegun, ended == .exited(255) else { return nil }
    return SSHFailure(
      stream.tail, host: host.name, timeout: timeout,
      sessionsWereRefused: stream.sessionsWereRefused)
  }

  func result(
    _ ended: Termination, _ stream: RemoteStream, _ script: RemoteScript, _ host: Host
  ) throws(TaskError) -> String {
    let place = host.reach == .local ? "this machine" : "`\(host.name)`"
    if stream.isFenced || script.fence != nil && ended == .exited(RemoteScript.fencedStatus) {
      throw TaskError(
        .lockLost(host.name), "the lock of \(place) is no longer held by this run",
        hint: "see what runs there now before you run this again")
    }
    // Where both failed, either may be the reason; what both wrote is in the log.
    if let producer = script.producer, let status = stream.senderStatus, status != 0,
      ended.isSuccess
    {
      throw TaskError(
        .exited(status), "`\(producer.program)` exited with status \(status)",
        command: producer.displayed, logTail: stream.tail)
    }
    switch ended {
    case .exited(0) where stream.hasBegun: return stream.text
    case .exited(0):
      throw TaskError(
        .unexpectedAnswer(host.name), "the login shell of \(place) ran no script",
        hint: "the user there needs a POSIX shell and the right to run commands")
    case .exited(let status):
      throw TaskError(
        .exited(status), "a script on \(place) ended with status \(status)", logTail: stream.tail)
    case .signaled(let signal):
      throw TaskError(
        .signaled(signal), "a script on \(place) was ended by signal \(signal)",
        logTail: stream.tail)
    }
  }

  private static func local(
    _ script: RemoteScript, _ environment: [String: String]
  ) -> Command {
    let words = script.words(for: .local)
    return Command(
      words[0], Array(words.dropFirst()), directory: "/",
      environment: ChildEnvironment.selecting(ChildEnvironment.docker, from: environment),
      input: script.input)
  }

  /// The command, or a pipeline of the script's producer and the command.
  ///
  /// The bytes go from one program to the other and never through this one. A shell knows how the last
  /// part of a pipeline ended; how the first did is written to standard error.
  private func assembled(_ script: RemoteScript, _ command: Command) -> Command {
    // What may be run again whenever the connection breaks changes nothing.
    guard let producer = script.producer else {
      return script.isRepeatable ? command.looking : command
    }
    let folder = Command.quoted(producer.directory)
    let text =
      "{ cd \(folder) && \(producer.displayed)\nprintf '\(RemoteStream.sent)%s\\n' \"$?\" >&2; }"
      + " | \(command.displayed)"
    return Command(
      "/bin/sh", ["-c", text], directory: "/",
      environment: producer.environment.merging(command.environment) { own, _ in own },
      input: producer.input)
  }
}

extension SSHFailure {
  /// A connection that broke after a script began that may run again.
  init(broken error: TaskError) {
    kind = .broken
    self.error = error
  }
}
