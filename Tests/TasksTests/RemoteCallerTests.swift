// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Pins the words of `ssh`, and what becomes of a script when the server turns it away: a runner answers
// in place of `ssh`.

import Synchronization
import TaskGraph
import Tasks
import TestSupport
import Testing

struct RemoteCallerTests {
  private static let host = Host(
    name: "web-1", reach: .ssh, directory: "/var/lib/stagecraft/p/e", composeProject: "p-e")
  private static let refused = RecordingRunner.Answer(
    errors: ["kex_exchange_identification: Connection closed by remote host"], .exited(255))

  /// A caller of its own pace and counts, for which no time passes.
  private static func caller(
    _ runner: RecordingRunner, environment: [String: String] = [:], log: LineBuffer = LineBuffer()
  ) -> RemoteCaller {
    var caller = RemoteCaller(commands: runner, environment: environment) { log.append($0, $1) }
    caller.starts = ConnectionStarts()
    caller.traffic = RemoteTraffic()
    caller.pause = { _ in }
    return caller
  }

  private static func begun(_ lines: String...) -> RecordingRunner.Answer {
    RecordingRunner.Answer(["stagecraft-begun"] + lines)
  }

  @Test func `ssh asks nobody, shares connections and leaves the configuration in force`() {
    let command = SSHCommand.run(
      ["/bin/sh", "-c", "echo \"$1\"\n", "it's", ""], on: "deploy@web-1", sockets: "/s",
      timeout: 7, input: [1],
      environment: ["PATH": "/bin", "HOME": "/h", "SSH_AUTH_SOCK": "/a", "DATABASE_URL": "secret"])
    #expect(command.program == "ssh")
    #expect(
      command.arguments == [
        "-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=7", "-o",
        "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2", "-o", "RemoteCommand=none", "-o",
        "ClearAllForwardings=yes", "-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o",
        "ControlPath=/s/%C", "--", "deploy@web-1",
        "/bin/sh -c 'echo \"$1\"\n' 'it'\\''s' ''",
      ])
    #expect(command.environment == ["PATH": "/bin", "HOME": "/h", "SSH_AUTH_SOCK": "/a"])
    #expect(command.input == [1])
    let alone = SSHCommand.run(["a"], on: "h", sockets: nil, timeout: 10, environment: [:])
    #expect(alone.arguments.contains("ControlPath=none"))
    #expect(!alone.arguments.contains { $0.hasPrefix("ControlPersist") })
  }

  @Test func `the output is what the script wrote, without what login files print`() async throws {
    let log = LineBuffer()
    let runner = RecordingRunner { _ in
      RecordingRunner.Answer(
        ["Welcome!", "no newline herestagecraft-begun", "one", "", "stagecraft-begun"],
        errors: ["careful"])
    }
    let output = try await Self.caller(runner, log: log).call(RemoteScript("x"), on: Self.host)
    #expect(output == "one\n\nstagecraft-begun\n")
    #expect(log.text == "careful\n")
  }

  @Test func `a refused start is tried again, less and less at once, and then told`() async {
    let log = LineBuffer()
    let runner = RecordingRunner { _ in Self.refused }
    let caller = Self.caller(runner, log: log)
    let error = await failure { try await caller.call(RemoteScript("x"), on: Self.host) }
    #expect(error?.code == .unavailable("web-1"))
    #expect(error?.hint?.contains("`MaxStartups`") == true)
    #expect(runner.commands.count == 5)
    #expect(caller.traffic.counts.connections == 5)
    #expect(log.text.split(separator: "\n").filter { $0.contains("trying again") }.count == 4)
    // The last one shares nothing, so that a jump host can say what is wrong.
    #expect(runner.commands.map { $0.arguments.contains("ControlPath=none") }.last == true)
  }

  @Test func `a start that succeeds after a refusal is no failure`() async throws {
    let count = Mutex(0)
    let runner = RecordingRunner { _ in
      let attempt = count.withLock { count in
        count += 1
        return count
      }
      return attempt < 3 ? Self.refused : Self.begun("ok")
    }
    #expect(
      try await Self.caller(runner).call(RemoteScript("x"), on: Self.host) == "ok\n")
    #expect(runner.commands.count == 3)
  }

  @Test func `a script that the lock refused or ended has lost it`() async {
    for lines in [["stagecraft-fenced"], ["stagecraft-begun", "half"]] {
      let runner = RecordingRunner { _ in RecordingRunner.Answer(lines, .exited(97)) }
      var script = RemoteScript("x")
      script.fence = RemoteScript.Fence(lock: "/lock", token: "t", run: "r")
      let fenced = script
      let error = await failure { try await Self.caller(runner).call(fenced, on: Self.host) }
      #expect(error?.code == .lockLost("web-1"))
      #expect(error?.message == "the lock of `web-1` is no longer held by this run")
      #expect(runner.commands.count == 1)
    }
  }

  @Test func `a script that may have begun is not run again`() async {
    let runner = RecordingRunner { _ in
      RecordingRunner.Answer(
        ["stagecraft-begun"],
        errors: ["kex_exchange_identification: Connection closed by remote host"], .exited(255))
    }
    let error = await failure {
      try await Self.caller(runner).call(RemoteScript("x"), on: Self.host)
    }
    #expect(error?.code == .unavailable("web-1"))
    #expect(error?.message.contains("broke while a script ran") == true)
    #expect(runner.commands.count == 1)
    // Nor one of which nobody can say: the shared connection broke.
    let broken = RecordingRunner { _ in
      RecordingRunner.Answer(
        [], errors: ["mux_client_request_session: read from master failed: Broken pipe"],
        .exited(255))
    }
    _ = await failure { try await Self.caller(broken).call(RemoteScript("x"), on: Self.host) }
    #expect(broken.commands.count == 1)
  }

  @Test func `what a script ends with is told with the end of its errors`() async {
    let runner = RecordingRunner { _ in
      RecordingRunner.Answer(["stagecraft-begun"], errors: ["no space"], .exited(3))
    }
    let error = await failure {
      try await Self.caller(runner).call(RemoteScript("x"), on: Self.host)
    }
    #expect(error?.code == .exited(3))
    #expect(error?.logTail == ["no space"])
    #expect(error?.command == nil)
  }

  @Test func `the noise of a second session is not logged, and is remembered`() async throws {
    let log = LineBuffer()
    let runner = RecordingRunner { _ in
      RecordingRunner.Answer(
        ["stagecraft-begun"],
        errors: [
          "mux_client_request_session: session request failed: Session open refused by peer",
          "ControlSocket /s/1 already exists, disabling multiplexing",
        ])
    }
    _ = try await Self.caller(runner, log: log).call(RemoteScript("x"), on: Self.host)
    #expect(log.text == "")
  }

  @Test(arguments: ["-oProxyCommand=x", "", "a b", "a\nb"])
  func `a name that ssh would misread is refused`(name: String) async {
    let runner = RecordingRunner()
    let host = Host(name: name, reach: .ssh, directory: "/d", composeProject: "p")
    let error = await failure { try await Self.caller(runner).call(RemoteScript("x"), on: host) }
    #expect(error?.code == .input)
    #expect(error?.message == "`\(name)` cannot be the name of a host")
    #expect(error?.hint == "a name has no blanks and does not begin with `-`")
    #expect(runner.commands == [])
  }

  @Test(
    arguments: [
      ("Host key verification failed.", "is not known"),
      ("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", "another host key"),
      ("deploy@web-1: Permission denied (publickey).", "permission denied"),
      ("ssh: Could not resolve hostname web-1: Name or service not known", "cannot be resolved"),
      ("ssh: connect to host web-1 port 22: Connection timed out", "within 3 s"),
      ("Connection timed out during banner exchange", "within 3 s"),
      ("ssh: connect to host web-1 port 22: Connection refused", "nothing listens"),
      ("ssh: connect to host web-1 port 22: No route to host", "no way to"),
      ("/h/.ssh/config: line 3: Bad configuration option: x", "configuration"),
      ("something new", "something new"),
    ])
  func `each reason is told in words of its own and not tried again`(
    line: String, expected: String
  ) async {
    let runner = RecordingRunner { _ in
      RecordingRunner.Answer([], errors: [line], .exited(255))
    }
    let error = await failure {
      try await Self.caller(runner, environment: ["STAGECRAFT_SSH_TIMEOUT": "3"]).call(
        RemoteScript("x"), on: Self.host)
    }
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    #expect(error?.hint != nil)
    #expect(runner.commands.count == 1)
    #expect(runner.commands.first?.arguments.contains("ConnectTimeout=3") == true)
  }

  @Test func `what a command writes goes to the host without passing through here`() async throws {
    let runner = RecordingRunner { _ in
      RecordingRunner.Answer(["stagecraft-begun"], errors: ["stagecraft-sent 0"])
    }
    let producer = Command(
      "docker", ["save", "a'b"], directory: "/p q", environment: ["PATH": "/own"])
    var script = RemoteScript("docker load", ["x y"])
    script.producer = producer
    let environment = ["SSH_AUTH_SOCK": "/a", "PATH": "/other"]
    _ = try await Self.caller(runner, environment: environment).call(script, on: Self.host)
    let command = try #require(runner.commands.first)
    #expect(command.program == "/bin/sh")
    let text = try #require(command.arguments.last)
    #expect(
      text.hasPrefix(
        "{ cd '/p q' && docker save 'a'\\''b'\nprintf 'stagecraft-sent %s\\n' \"$?\" >&2; } | ssh -T "
      ))
    #expect(command.environment == ["SSH_AUTH_SOCK": "/a", "PATH": "/own"])
    // The one that failed first is the one that is told of.
    let failing = RecordingRunner { _ in
      RecordingRunner.Answer(["stagecraft-begun"], errors: ["stagecraft-sent 1"])
    }
    let error = await failure {
      try await Self.caller(failing).call(script, on: Self.host)
    }
    #expect(error?.code == .exited(1))
    #expect(error?.command == "docker save 'a'\\''b'")
  }

  @Test func `starts are paced in all, one at a time to a host that has not answered`() async throws
  {
    let starts = ConnectionStarts(limit: 2)
    let first = try await starts.pass(for: "a")
    let other = try await starts.pass(for: "b")
    #expect(first.isStart && other.isStart)
    async let third = starts.pass(for: "c")
    async let second = starts.pass(for: "a")
    first.stands()
    // `a` stands: a second command needs no start; `c` has the room that `a` left.
    let (shared, started) = try await (second, third)
    #expect(!shared.isStart)
    #expect(started.isStart)
    other.end(TaskError(.unavailable("b"), "away"))
    started.end()
    // `b` is not tried again at once.
    #expect(await failure { try await starts.pass(for: "b") }?.code == .unavailable("b"))
  }

  @Test func `those who wait for a host hear at once that it cannot be had`() async throws {
    let starts = ConnectionStarts(memory: .zero)
    let first = try await starts.pass(for: "a")
    let waiting = Task { () -> TaskError? in
      await failure { try await starts.pass(for: "a") }
    }
    while !starts.isAwaited { await Task.yield() }
    first.end(TaskError(.unavailable("a"), "away"))
    #expect(await waiting.value?.code == .unavailable("a"))
    // One that is told to stop waits no longer.
    let second = try await starts.pass(for: "a")
    let stopped = Task { () -> TaskError? in
      await failure { try await starts.pass(for: "a") }
    }
    while !starts.isAwaited { await Task.yield() }
    stopped.cancel()
    #expect(await stopped.value?.code == .cancelled)
    second.end()
  }
}
