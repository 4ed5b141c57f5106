// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Scripts that outlive their connection: what is sent when it breaks, with a runner in place of `ssh`;
// and the real scripts around them, with the shells of this machine on a folder of its own.

import Foundation
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct RemoteJobTests {
  private static let host = Tasks.Host(
    name: "web-1", reach: .ssh, directory: "/d", composeProject: "p-e")
  private static let broke = ["Connection to web-1 closed by remote host."]
  private static let unreached = RecordingRunner.Answer(
    errors: ["ssh: connect to host web-1 port 22: No route to host"], .exited(255))

  private static func caller(
    _ runner: some CommandRunner, log: LineBuffer = LineBuffer()
  ) -> RemoteCaller {
    var caller = RemoteCaller(commands: runner, environment: [:]) { log.append($0, $1) }
    caller.starts = ConnectionStarts()
    caller.traffic = RemoteTraffic()
    caller.work = HostWork()
    caller.pause = { _ in }
    return caller
  }

  private static func script(
    _ text: String = "x", _ arguments: [String] = [], input: [UInt8]? = nil,
    in directory: String = "/d", name: String = "run-1", limit: Int = 40
  ) -> RemoteScript {
    var script = RemoteScript(text, arguments, input: input)
    script.job = HostJob(
      directory: directory, name: name, words: "replacing `web`", limit: limit)
    return script
  }

  /// Answers one after the other, the last one for ever.
  private static func runner(_ answers: RecordingRunner.Answer...) -> RecordingRunner {
    let next = Mutex(0)
    return RecordingRunner { _ in
      next.withLock { next in
        defer { next += 1 }
        return answers[min(next, answers.count - 1)]
      }
    }
  }

  private static func isFollow(_ command: Command) -> Bool {
    command.arguments.last?.contains("stagecraft-absent") == true
  }

  @Test func `a job that ends well takes one round trip`() async throws {
    let runner = Self.runner(
      RecordingRunner.Answer(["stagecraft-begun", "new a", "stagecraft-ended 0"]))
    let caller = Self.caller(runner)
    #expect(try await caller.call(Self.script(), on: Self.host) == "new a\n")
    #expect(caller.traffic.counts.roundTrips == 1)
    #expect(caller.work.running.isEmpty && caller.work.unfinished(on: "web-1").isEmpty)
  }

  @Test func `a broken connection is opened again and the job is heard to its end`() async throws {
    let log = LineBuffer()
    let runner = Self.runner(
      RecordingRunner.Answer(
        ["stagecraft-begun"], errors: ["one", "two"] + Self.broke, .exited(255)),
      Self.unreached,
      RecordingRunner.Answer(
        ["stagecraft-begun", "new"], errors: ["one", "two", "three"], .exited(255)),
      RecordingRunner.Answer(
        ["stagecraft-begun", "new a", "no line feedstagecraft-ended 0"],
        errors: ["one", "two", "three", "four"]))
    let caller = Self.caller(runner, log: log)
    #expect(try await caller.call(Self.script(), on: Self.host) == "new a\nno line feed\n")
    #expect(runner.commands.map(Self.isFollow) == [false, true, true, true])
    let lines = log.text.split(separator: "\n").filter { !$0.contains("onnection") }
    #expect(lines == ["one", "two", "three", "four"])
    #expect(log.text.contains("broke while replacing `web`: it goes on there"))
    #expect(caller.work.unfinished(on: "web-1").isEmpty)
  }

  @Test func `what a job ended with is told however it was heard`() async {
    let runner = Self.runner(
      RecordingRunner.Answer(["stagecraft-begun"], .exited(255)),
      RecordingRunner.Answer(["stagecraft-begun", "stagecraft-ended 3"], errors: ["no space"]))
    let error = await failure {
      try await Self.caller(runner).call(Self.script(), on: Self.host)
    }
    #expect(error?.code == .exited(3))
    #expect(error?.logTail == ["no space"])
    // `ssh` may fail after the last word of the host.
    let late = Self.runner(
      RecordingRunner.Answer(["stagecraft-begun", "a", "stagecraft-ended 0"], .exited(255)))
    #expect(
      await failure { try await Self.caller(late).call(Self.script(), on: Self.host) } == nil)
    #expect(late.commands.count == 1)
  }

  @Test
  func `a job of which nobody can say whether it began is looked for before it is sent again`()
    async throws
  {
    let broken = RecordingRunner.Answer(
      [], errors: ["mux_client_request_session: read from master failed: Broken pipe"], .exited(255)
    )
    let runner = Self.runner(
      broken, RecordingRunner.Answer(["stagecraft-begun", "stagecraft-absent"]),
      RecordingRunner.Answer(["stagecraft-begun", "ok", "stagecraft-ended 0"]))
    #expect(try await Self.caller(runner).call(Self.script(), on: Self.host) == "ok\n")
    #expect(runner.commands.map(Self.isFollow) == [false, true, false])
    // It had begun after all.
    let begun = Self.runner(
      broken, RecordingRunner.Answer(["stagecraft-begun", "ok", "stagecraft-ended 0"]))
    #expect(try await Self.caller(begun).call(Self.script(), on: Self.host) == "ok\n")
    #expect(begun.commands.map(Self.isFollow) == [false, true])
  }

  @Test func `a host that does not answer any more is told, and that the step goes on`() async {
    let runner = Self.runner(
      RecordingRunner.Answer(["stagecraft-begun"], .exited(255)), Self.unreached)
    let caller = Self.caller(runner)
    let error = await failure { try await caller.call(Self.script(), on: Self.host) }
    #expect(error?.code == .unavailable("web-1"))
    #expect(
      error?.message
        == "the connection to `web-1` broke while replacing `web`, which goes on there by itself")
    #expect(error?.hint?.contains("the next run waits for it") == true)
    #expect(caller.work.unfinished(on: "web-1").map(\.end) == [.unheard])
  }

  @Test func `a job that somebody ended is told, and what is at work of an earlier run`() async {
    let runner = Self.runner(
      RecordingRunner.Answer(["stagecraft-begun"], .exited(255)),
      RecordingRunner.Answer(["stagecraft-begun", "stagecraft-lost"]))
    let error = await failure { try await Self.caller(runner).call(Self.script(), on: Self.host) }
    #expect(error?.message == "replacing `web` on `web-1` was ended from outside")
    let busy = HostBusy(words: "replacing `web`", age: 12, limit: 40)
    #expect(
      busy.error(on: Self.host).message
        == "an earlier run is still replacing `web` on `web-1`, since 12.0 s")
    #expect(busy.rest == .seconds(43))
    #expect(HostBusy(words: "x", age: 99, limit: 40).rest == .zero)
  }

  @Test func `a host that never answered is not waited for`() async {
    let runner = Self.runner(Self.unreached)
    let error = await failure { try await Self.caller(runner).call(Self.script(), on: Self.host) }
    #expect(error?.message.contains("no way to") == true)
    #expect(runner.commands.count == 1)
  }

  @Test func `a script that stops when asked to is an interruption and not a failure`() async {
    let runner = Self.runner(
      RecordingRunner.Answer(["stagecraft-begun", "stagecraft-ended 98"], .exited(98)))
    let caller = Self.caller(runner)
    let error = await failure { try await caller.call(Self.script(), on: Self.host) }
    #expect(error?.code == .cancelled)
    #expect(error?.message == "replacing `web` was interrupted")
    #expect(caller.work.unfinished(on: "web-1").map(\.end) == [.stopped])
  }

  @Test func `a step that ends because its lock is gone says so`() async {
    var script = Self.script()
    script.fence = RemoteScript.Fence(lock: "/d/lock", token: "t", run: "r")
    let fenced = Self.runner(
      RecordingRunner.Answer(
        ["stagecraft-begun", "stagecraft-fenced", "stagecraft-ended 97"], .exited(97)))
    let error = await failure { [script] in
      try await Self.caller(fenced).call(script, on: Self.host)
    }
    #expect(error?.code == .lockLost("web-1"))
  }

  @Test func `a host without room for what a step says is told`() async {
    let runner = Self.runner(RecordingRunner.Answer([], .exited(74)))
    let error = await failure { try await Self.caller(runner).call(Self.script(), on: Self.host) }
    #expect(error?.message == "`web-1` cannot keep what a step does in `/d/jobs`")
    #expect(error?.hint?.contains("ssh web-1 df -h") == true)
  }

  // MARK: The scripts themselves

  /// Runs words of a script with one shell in place of `/bin/sh`.
  private struct ShellRunner: CommandRunner {
    let shell: [String]

    func run(
      _ command: Command, onLine: @escaping @Sendable (String, TaskGraph.OutputStream) -> Void
    ) async throws(TaskError) -> Termination {
      let words = shell + command.arguments
      return try await SubprocessRunner().run(
        Command(
          words[0], Array(words.dropFirst()), directory: "/",
          environment: ["PATH": "/usr/bin:/bin"], input: command.input), onLine: onLine)
    }
  }

  private static let shells: [[String]] = [["/bin/sh"], ["busybox", "sh"]].filter { words in
    words[0].hasPrefix("/")
      || ["/bin/", "/usr/bin/"].contains {
        FileManager.default.isExecutableFile(atPath: $0 + words[0])
      }
  }

  private static func withHost(
    _ shell: [String], _ body: (RemoteCaller, Tasks.Host, FileTree) async throws -> Void
  ) async throws {
    ignoreClosedPipes()
    try await TemporaryDirectory.with { tree in
      let host = Tasks.Host(
        name: "here", reach: .local, directory: tree.path("d").string, composeProject: "p")
      try tree.makeDirectory("d")
      try await body(caller(ShellRunner(shell: shell)), host, tree)
    }
  }

  @Test(arguments: shells)
  func `a job gets its input and arguments, says what it says, and tells its status`(
    shell: [String]
  ) async throws {
    try await Self.withHost(shell) { (caller, host, tree) async throws -> Void in
      let script = Self.script(
        "cat; echo \"$1\"; printf 'no line feed'", ["x 'y"], input: Array("in\n".utf8),
        in: host.directory)
      let output = try await caller.call(script, on: host)
      #expect(output == "in\nx 'y\nno line feed\n")
      #expect(FileTree.names(in: tree.path("d/jobs/run-1")).contains("input") == false)
      #expect(try tree.text("d/jobs/run-1/status") == "0\n")
      let failing = Self.script("echo why >&2; exit 7", in: host.directory, name: "run-2")
      let error = await failure { try await caller.call(failing, on: host) }
      #expect(error?.code == .exited(7))
      #expect(error?.logTail == ["why"])
    }
  }

  @Test(arguments: shells)
  func `who starts a job may die, and the job is found again`(shell: [String]) async throws {
    try await Self.withHost(shell) { caller, host, tree in
      let script = Self.script(
        "echo one >&2; echo a; until [ -e \"$1/go\" ]; do sleep 0.05; done; echo two >&2; echo b; exit 5",
        [host.directory], in: host.directory)
      // Its connection, with all that is in its group.
      let words = script.words(for: .local)
      let connection = Task {
        try? await ShellRunner(shell: shell).run(
          Command(words[0], Array(words.dropFirst()), directory: "/", environment: [:])
        ) { _, _ in }
      }
      while (try? tree.text("d/jobs/run-1/err")) != "one\n" {
        try await Task.sleep(for: .milliseconds(20))
      }
      connection.cancel()
      _ = await connection.value
      // The taker of a lock knows what works there.
      let survey = RemoteScript(
        "directory=$1 run=other\n" + HostJobScripts.survey + "\nothers", [host.directory])
      let busy = try await caller.call(survey, on: host)
      #expect(busy.hasPrefix("busy ") && busy.hasSuffix(" 40\n"), "\(busy)")
      try tree.write("d/go", "")
      let found = try await caller.send(
        RemoteScript(HostJobScripts.follow, [host.directory, "run-1"]), on: host, shown: ["one"])
      #expect(found.1.jobEnd == .status(5))
      #expect(found.1.text == "a\nb\n")
      #expect(found.1.shown == ["one", "two"])
      // Sent once more it does not run again.
      let again = try await caller.send(script, on: host)
      #expect(again.1.hasBegun && again.1.jobEnd == nil)
      // What has ended is in nobody's way.
      let free = await failure { try await caller.call(survey, on: host) }
      #expect(free?.code == .exited(1))
      #expect(FileTree.names(in: tree.path("d/jobs")) == [])
    }
  }

  @Test(arguments: shells)
  func `a job that was killed is told, and one that never began is sent again`(
    shell: [String]
  ) async throws {
    try await Self.withHost(shell) { caller, host, tree in
      let follow = RemoteScript(HostJobScripts.follow, [host.directory, "run-1"])
      #expect(try await caller.send(follow, on: host).1.jobEnd == .absent)
      // Its input did not arrive.
      try tree.write("d/jobs/run-1/what", "x\n1\n1\n")
      #expect(try await caller.send(follow, on: host).1.jobEnd == .absent)
      #expect(FileTree.names(in: tree.path("d/jobs")) == [])
      // The host was started anew.
      try tree.write("d/jobs/run-1/held", "")
      #expect(try await caller.send(follow, on: host).1.jobEnd == .lost)
      let cut = Self.script("echo ran", input: Array("abc".utf8), in: host.directory, name: "run-3")
      var words = cut.words(for: .local)
      let size = try #require(words.firstIndex(of: "3"))
      words[size] = "4"
      let ended = try await ShellRunner(shell: shell).run(
        Command(
          words[0], Array(words.dropFirst()), directory: "/", environment: [:], input: cut.input)
      ) { _, _ in }
      #expect(ended == .exited(74))
      #expect(!FileTree.names(in: tree.path("d/jobs")).contains("run-3"))
    }
  }

  @Test(arguments: shells)
  func `an interrupted run asks its job to stop and hears its end`(shell: [String]) async throws {
    try await Self.withHost(shell) { caller, host, tree in
      let script = Self.script(
        """
        echo begun >"$1/begun"
        until stagecraft_stopping; do sleep 0.05; done
        echo brought back >"$1/end"
        exit 98
        """, [host.directory], in: host.directory, limit: 3600)
      let run = Task { await failure { try await caller.call(script, on: host) } }
      while (try? tree.text("d/begun")) != "begun\n" {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(caller.work.running.map(\.words) == ["replacing `web`"])
      run.cancel()
      #expect(await run.value?.code == .cancelled)
      #expect(try tree.text("d/end") == "brought back\n")
      #expect(caller.work.unfinished(on: "here").map(\.end) == [.stopped])
      // One that is at its end already is done, interrupted or not.
      let short = Self.script(
        "echo ok; until stagecraft_stopping; do sleep 0.05; done", in: host.directory,
        name: "run-2",
        limit: 3600)
      let done = Task { try await caller.call(short, on: host) }
      while !FileTree.names(in: tree.path("d/jobs")).contains("run-2") {
        try await Task.sleep(for: .milliseconds(20))
      }
      done.cancel()
      #expect(try await done.value == "ok\n")
    }
  }
}
