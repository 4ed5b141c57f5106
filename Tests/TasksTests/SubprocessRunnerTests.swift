// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves with real child processes that lines, endings and interruptions arrive as they should, and
// that nothing of a child is left.

import Cache
import Glibc
import Synchronization
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing

struct SubprocessRunnerTests {
  /// The lines of one stream each.
  private final class Lines: Sendable {
    private let lines = Mutex<(output: [String], error: [String])>(([], []))
    var output: [String] { lines.withLock { $0.output } }
    var error: [String] { lines.withLock { $0.error } }

    func append(_ line: String, _ stream: OutputStream) {
      lines.withLock { lines in
        if stream == .output { lines.output.append(line) } else { lines.error.append(line) }
      }
    }
  }

  private func shell(
    _ script: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    input: [UInt8]? = nil, in directory: String = "/"
  ) -> Command {
    Command("sh", ["-c", script], directory: directory, environment: environment, input: input)
  }

  private func run(_ command: Command) async throws -> (Termination, Lines) {
    let lines = Lines()
    let end = try await SubprocessRunner().run(command) { lines.append($0, $1) }
    return (end, lines)
  }

  @Test func `lines come by stream, in order, with or without a last newline`() async throws {
    let (end, lines) = try await run(shell("echo one; echo two >&2; echo; printf 'three  '"))
    #expect(end == .exited(0))
    #expect(lines.output == ["one", "", "three  "])
    #expect(lines.error == ["two"])
  }

  @Test func `a line of a megabyte is one line, and much output is not lost`() async throws {
    let (end, lines) = try await run(
      shell("head -c 1000000 /dev/zero | tr '\\0' x; echo; seq 20000; seq 20000 >&2"))
    #expect(end == .exited(0))
    #expect(lines.output.first?.utf8.count == 1_000_000)
    #expect(lines.output.count == 20_001)
    #expect(lines.output.last == "20000")
    #expect(lines.error.count == 20_000)
  }

  @Test func `only line feeds and carriage returns end a line`() async throws {
    let (_, lines) = try await run(
      shell(#"printf 'a\302\205b\342\200\250c\013d\r\n10%%\r20%%\rdone\n\r\n\nend'"#))
    #expect(lines.output == ["a\u{85}b\u{2028}c\u{B}d", "10%", "20%", "done", "", "", "end"])
  }

  @Test func `no output is no line`() async throws {
    #expect(try await run(shell("true")).1.output.isEmpty)
  }

  @Test(arguments: [0, 1, 3, 127, 255])
  func `a status is a result`(status: Int32) async throws {
    #expect(try await run(shell("exit \(status)")).0 == .exited(status))
  }

  @Test func `a child that does not read its input says why with its status`() async throws {
    ignoreClosedPipes()
    let input = [UInt8](repeating: 65, count: 4_000_000)
    #expect(try await run(shell("exec <&-; echo no >&2; exit 3", input: input)).0 == .exited(3))
    // One that reads it gets all of it, and its end.
    #expect(try await run(shell("wc -c", input: input)).1.output == ["4000000"])
  }

  @Test func `a signal is a result`() async throws {
    #expect(try await run(shell("kill -9 $$")).0 == .signaled(9))
    #expect(try await run(shell("kill -TERM $$")).0 == .signaled(15))
  }

  @Test func `a program that is missing is named`() async throws {
    for name in ["no-such-program", "/no/such/program"] {
      let error = await #expect(throws: TaskError.self) {
        _ = try await SubprocessRunner().run(
          Command(name, [], directory: "/", environment: ["PATH": "/usr/bin:/bin"])
        ) { _, _ in }
      }
      #expect(error?.code == .programMissing(name))
      #expect(error?.command == name)
    }
  }

  @Test func `a directory that is missing is an error`() async throws {
    await #expect(throws: TaskError.self) {
      _ = try await SubprocessRunner().run(shell("true", in: "/no/such/directory")) { _, _ in }
    }
  }

  @Test func `the environment is what was given and nothing else`() async throws {
    setenv("STAGECRAFT_TEST_UNDECLARED", "visible", 1)
    let (_, lines) = try await run(
      Command("/usr/bin/env", [], directory: "/", environment: ["A": "b c", "EMPTY": ""]))
    #expect(lines.output.sorted() == ["A=b c", "EMPTY="])
  }

  @Test func `standard input is empty or what was given`() async throws {
    #expect(try await run(shell("cat")).1.output.isEmpty)
    #expect(try await run(shell("cat", input: Array("in\nput".utf8))).1.output == ["in", "put"])
  }

  @Test func `a child runs in its directory and in a group of its own`() async throws {
    let (_, lines) = try await run(shell("pwd; ps -o pgid= -p $$; echo $$", in: "/usr"))
    #expect(lines.output.first == "/usr")
    let ids = lines.output.dropFirst().map { $0.filter(\.isNumber) }
    #expect(ids.count == 2)
    #expect(Set(ids).count == 1)
  }

  @Test func `descriptors are not inherited`() async throws {
    try await TemporaryDirectory.with { tree in
      try tree.write("open", "")
      // Without the flag that closes it in children: as a careless library opens files.
      let descriptor = open(tree.path("open").string, O_RDONLY)
      try #require(descriptor >= 0)
      defer { close(descriptor) }
      let (_, lines) = try await run(shell("ls -l /proc/self/fd"))
      #expect(!lines.output.isEmpty)
      #expect(!lines.output.contains { $0.hasSuffix(tree.path("open").string) })
    }
  }

  /// Cancels a run once the child has said `ready`; returns what it threw and the processes it named.
  private func cancelled(_ script: String, grace: Duration) async throws -> (TaskError?, [Int32]) {
    let (ready, continuation) = AsyncStream<Void>.makeStream()
    let lines = Lines()
    let command = shell(script)
    let task = Task { () -> TaskError? in
      do throws(TaskError) {
        _ = try await SubprocessRunner(grace: grace).run(command) { line, stream in
          lines.append(line, stream)
          if line == "ready" { continuation.finish() }
        }
        return nil
      } catch {
        return error
      }
    }
    for await _ in ready {}
    task.cancel()
    let error = await task.value
    return (error, lines.output.compactMap { Int32($0) })
  }

  private func isGone(_ process: Int32) async throws -> Bool {
    for _ in 0..<2000 {
      if kill(process, 0) != 0 { return true }
      // An orphan that has ended is there until its new parent has asked for its end.
      let state = try FileSystem.read(FilePath("/proc/\(process)/stat"))
      if state.map({ String(decoding: $0, as: UTF8.self).contains(") Z ") }) ?? true { return true }
      try await Task.sleep(for: .milliseconds(1))
    }
    return false
  }

  @Test func `an interruption ends the child and its children`() async throws {
    let (error, processes) = try await cancelled(
      "sleep 1000 & echo $!; echo $$; echo ready; wait", grace: .seconds(5))
    #expect(error?.code == .cancelled)
    try #require(processes.count == 2)
    for process in processes { #expect(try await isGone(process), "\(process) is still there") }
  }

  @Test func `a child that ignores the signal is killed after the grace`() async throws {
    let (error, processes) = try await cancelled(
      "trap '' TERM; echo $$; echo ready; while :; do sleep 0.01; done",
      grace: .milliseconds(50))
    #expect(error?.code == .cancelled)
    try #require(processes.count == 1)
    for process in processes { #expect(try await isGone(process), "\(process) is still there") }
  }

  @Test func `a run that was interrupted before starts nothing`() async throws {
    let task = Task { () -> TaskError? in
      withUnsafeCurrentTask { $0?.cancel() }
      do throws(TaskError) {
        _ = try await SubprocessRunner().run(shell("exit 9")) { _, _ in }
        return nil
      } catch {
        return error
      }
    }
    #expect(await task.value?.code == .cancelled)
  }

  @Test func `many children at once need few descriptors`() async throws {
    try await withThrowingTaskGroup(of: Termination.self) { group in
      for number in 0..<40 { group.addTask { try await run(shell("exit \(number)")).0 } }
      var statuses: Set<Termination> = []
      for try await end in group { statuses.insert(end) }
      #expect(statuses.count == 40)
    }
  }
}
