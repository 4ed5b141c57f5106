// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Locks with the real scripts, on folders of this machine: who gets them, who waits, who is told what.
// Time passes when a test says so.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing

struct LeaseTests {
  /// Hosts that are folders, and contexts to work on them.
  private struct Place: Sendable {
    let tree: FileTree
    let fixture: TaskFixture
    let environment: [String: String]

    func host(_ name: String) -> Host {
      Host(
        name: name, reach: .local, directory: tree.path("hosts/\(name)/p/staging").string,
        composeProject: "p")
    }

    /// Takes the locks as a task and returns its error.
    func hold(_ lease: Lease) async throws -> TaskError? {
      try await task { context async throws(TaskError) in try await lease.hold(in: context) }
    }

    /// Runs a script as a task and returns its error.
    func run(
      _ script: String, _ arguments: [String] = [], on host: Host,
      since receipt: HostReceipt? = nil,
      under lease: Lease, adding variables: [String: String] = [:]
    ) async throws -> TaskError? {
      try await task(adding: variables) { context async throws(TaskError) in
        _ = try await lease.run(script, arguments, on: host, since: receipt, in: context)
      }
    }

    /// Removes the lock of a host as `stagecraft unlock` does; whether anything ran, and whose it was.
    func unlock(_ host: Host) async throws -> (String, LockHolder?) {
      var graph = Graph()
      let facts = try graph.add(HostFactsTask(id: TaskID("facts"), host: host))
      try graph.add(
        HostUnlock(id: TaskID("unlock"), host: host, facts: facts), after: [facts.id])
      let run = await fixture.run(graph, environment: environment)
      let seen = run.result.observations[facts.id] as? HostFacts
      if case .executed = run.outcomes["unlock"] { return ("executed", seen?.lock) }
      if case .reused = run.outcomes["unlock"] { return ("observed", seen?.lock) }
      return ("\(run.outcomes)", nil)
    }

    /// Runs `body` as a task and returns its error.
    func task(
      adding variables: [String: String] = [:],
      _ body: @escaping @Sendable (TaskContext) async throws(TaskError) -> Void
    ) async throws -> TaskError? {
      var graph = Graph()
      try graph.add(
        LookingTask { context async throws(TaskError) in
          try await body(context)
        })
      let run = await fixture.run(
        graph, environment: environment.merging(variables) { _, new in new })
      return run.error(of: "look")
    }
  }

  /// A task that is never reused.
  private struct LookingTask: ObserveTask {
    static let kind = "looking"
    static let revision = 1
    let id = TaskID("look")
    let request: [UInt8] = []
    let body: @Sendable (TaskContext) async throws(TaskError) -> Void

    init(_ body: @escaping @Sendable (TaskContext) async throws(TaskError) -> Void) {
      self.body = body
    }

    func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

    func run(in context: TaskContext) async throws(TaskError) -> String {
      try await body(context)
      return ""
    }
  }

  private static func withPlace(_ body: (Place) async throws -> Void) async throws {
    ignoreClosedPipes()
    try await TemporaryDirectory.with { tree in
      let fixture = try TaskFixture(in: tree, commands: SubprocessRunner())
      try await body(
        Place(tree: tree, fixture: fixture, environment: ["PATH": "/usr/bin:/bin"]))
    }
  }

  private static func lease(
    _ hosts: [Host], _ token: String, wait: Duration? = nil, timing: LeaseTiming = LeaseTiming()
  ) -> Lease {
    Lease(hosts: hosts, owner: "\(token)@laptop", token: token, wait: wait, timing: timing)
  }

  @Test func `the first script takes all locks, and the end gives them back`() async throws {
    try await Self.withPlace { place in
      let hosts = ["b", "a", "c"].map(place.host)
      let lease = Self.lease(hosts, "one")
      let error = try await place.task { context async throws(TaskError) in
        let output = try await lease.run(
          "cat; echo \"$1\"", ["x y"], input: Array("in\n".utf8), on: hosts[0], since: nil,
          in: context)
        guard output == "in\nx y\n" else { throw TaskError(.invariant, output) }
      }
      #expect(error == nil)
      for name in ["a", "b", "c"] {
        #expect(try place.tree.text("hosts/\(name)/p/staging/lock/token") == "one\n")
        #expect(try place.tree.text("hosts/\(name)/p/staging/lock/owner") == "one@laptop\n")
      }
      try place.tree.write("hosts/a/p/staging/releases/r1/host.json", "{}")
      #expect(await lease.release(recording: LeaseRecord(release: "r1", text: "{1}")) == [:])
      for name in ["a", "b", "c"] {
        #expect(
          FileTree.names(in: place.tree.path("hosts/\(name)/p/staging")).sorted().filter {
            $0.hasPrefix("lock")
          } == [])
      }
      #expect(try place.tree.text("hosts/a/p/staging/releases/r1/record.json") == "{1}")
      #expect(FileTree.names(in: place.tree.path("hosts/b/p/staging")).sorted() == [])
    }
  }

  @Test func `a lock that is held is told with its holder, and nothing is kept of the others`()
    async throws
  {
    try await Self.withPlace { place in
      let hosts = ["a", "b"].map(place.host)
      let first = Self.lease([hosts[1]], "first")
      let second = Self.lease(hosts, "second")
      #expect(
        try await place.hold(first) == nil)
      let error = try await place.hold(second)
      #expect(error?.code == .locked("b"))
      #expect(error?.message.contains("`b` is locked by `first@laptop` since") == true)
      #expect(error?.hint?.contains("--lock-wait 10m") == true)
      #expect(error?.hint?.contains("`stagecraft unlock --env staging`") == true)
      #expect(FileTree.names(in: place.tree.path("hosts/a/p/staging")).sorted() == [])
      #expect(try place.tree.text("hosts/b/p/staging/lock/token") == "first\n")
    }
  }

  @Test func `who waits gets the lock, and must look again`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let first = Self.lease([host], "first")
      var timing = LeaseTiming()
      let polls = Mutex(0)
      timing.pause = { _ in
        let poll = polls.withLock { polls in
          polls += 1
          return polls
        }
        if poll == 3 { _ = await first.release() }
      }
      let second = Self.lease([host], "second", wait: .seconds(600), timing: timing)
      #expect(
        try await place.hold(first) == nil)
      let error = try await place.run("echo changed >&2", on: host, under: second)
      #expect(error?.code == .moved("a"))
      #expect(polls.withLock { $0 } >= 3)
      // It stays ours, and what was planned anew goes on.
      #expect(try place.tree.text("hosts/a/p/staging/lock/token") == "second\n")
      await second.refresh()
      let again = try await place.run("true", on: host, under: second)
      #expect(again == nil)
      await second.release()
    }
  }

  @Test func `who has waited long enough is told`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let first = Self.lease([host], "first")
      let clock = Mutex(ContinuousClock.now)
      var timing = LeaseTiming()
      timing.now = { clock.withLock { $0 } }
      timing.pause = { pause in clock.withLock { $0 += pause } }
      let second = Self.lease([host], "second", wait: .seconds(10), timing: timing)
      #expect(
        try await place.hold(first) == nil)
      let start = clock.withLock { $0 }
      let error = try await place.hold(second)
      #expect(error?.code == .locked("a"))
      #expect(clock.withLock { $0 } - start == .seconds(10))
    }
  }

  @Test func `a silent lock is taken over, and its holder is fenced off`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let first = Self.lease([host], "first")
      let second = Self.lease([host], "second")
      #expect(
        try await place.hold(first) == nil)
      try place.tree.write("hosts/a/p/staging/lock/beat", "1000\n")
      let over = try await place.run("true", on: host, under: second)
      #expect(over?.code == .moved("a"))
      #expect(try place.tree.text("hosts/a/p/staging/lock/token") == "second\n")
      let fenced = try await place.run(
        "echo x >\"$1\"", [host.directory + "/written"], on: host, under: first)
      #expect(fenced?.code == .moved("a"))
      // Planned anew it asks for the lock again, and is told who has it.
      await first.refresh()
      let asked = try await place.run("true", on: host, under: first)
      #expect(asked?.code == .locked("a"))
      // What is not ours is neither beaten nor removed.
      await first.beat()
      await first.release()
      #expect(FileTree.names(in: place.tree.path("hosts/a/p/staging")).sorted() == ["lock"])
      #expect(try place.tree.text("hosts/a/p/staging/lock/token") == "second\n")
    }
  }

  @Test func `a heartbeat keeps a lock, and finds out that it is lost`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let lease = Self.lease([host], "one")
      #expect(
        try await place.hold(lease) == nil)
      try place.tree.write("hosts/a/p/staging/lock/beat", "1000\n")
      await lease.beat()
      #expect(try place.tree.text("hosts/a/p/staging/lock/beat") != "1000\n")
      for file in ["token", "run"] {
        try place.tree.write("hosts/a/p/staging/lock/\(file)", "other\n")
      }
      await lease.beat()
      let error = try await place.run("true", on: host, under: lease)
      #expect(error?.code == .moved("a"))
    }
  }

  @Test func `a later run with the same token stops what an earlier one left at work`() async throws
  {
    try await Self.withPlace { place in
      let host = place.host("a")
      let killed = Self.lease([host], "one")
      #expect(try await place.hold(killed) == nil)
      // It takes the lock over while its own script is at work: what comes after that is not done.
      let lock = host.directory + "/lock/run"
      let script = "echo later >\"$1\"; stagecraft_holds || exit 97; echo x >\"$2\""
      let ended = try await place.run(
        script, [lock, host.directory + "/written"], on: host, under: killed)
      #expect(ended?.code == .moved("a"))
      #expect(!FileTree.names(in: place.tree.path("hosts/a/p/staging")).contains("written"))
      let next = Self.lease([host], "one")
      #expect(try await place.hold(next) == nil)
      #expect(try await place.run("stagecraft_holds", on: host, under: next) == nil)
      let fenced = try await place.run("true", on: host, under: killed)
      #expect(fenced?.code == .moved("a"))
    }
  }

  @Test func `a lock that was half made counts from when it was first seen`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      try place.tree.makeDirectory("hosts/a/p/staging/lock")
      let lease = Self.lease([host], "one")
      let error = try await place.hold(lease)
      #expect(error?.code == .locked("a"))
      #expect(
        try place.tree.text("hosts/a/p/staging/lock/beat").flatMap { Int($0.dropLast()) } != nil)
      try place.tree.write("hosts/a/p/staging/lock/beat", "1000\n")
      #expect(
        try await place.hold(lease) == nil)
      await lease.release()
    }
  }

  @Test func `what was applied meanwhile is noticed, what we applied is not`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      try place.tree.write("hosts/a/p/staging/receipt", "r2\nbbb\n")
      let lease = Self.lease([host], "one")
      let error = try await place.run(
        "true", on: host, since: HostReceipt(release: "r1", digest: "aaa"), under: lease)
      #expect(error?.code == .moved("a"))
      let seen = HostReceipt(release: "r2", digest: "bbb")
      let again = try await place.run(
        "printf 'r3\\nccc\\n' >\"$1/receipt\"", [host.directory], on: host, since: seen,
        under: lease)
      #expect(again == nil)
      // The next task of the same graph still goes by what was read before it.
      let next = try await place.run("true", on: host, since: seen, under: lease)
      #expect(next == nil)
      // And a graph that was made after it by what it wrote.
      let after = try await place.run(
        "true", on: host, since: HostReceipt(release: "r3", digest: "ccc"), under: lease)
      #expect(after == nil)
      await lease.release()
    }
  }

  @Test func `a lock that our parent holds is used and left alone`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let parent = Self.lease([host], "parent")
      let child = Self.lease([host], "child")
      #expect(
        try await place.hold(parent) == nil)
      let error = try await place.run(
        "true", on: host, under: child, adding: [Lease.variable: "older,parent"])
      #expect(error == nil)
      await child.release()
      #expect(try place.tree.text("hosts/a/p/staging/lock/token") == "parent\n")
      let still = try await place.run("true", on: host, under: parent)
      #expect(still == nil)
      await parent.release()
    }
  }

  @Test func `of many at once one gets the lock`() async throws {
    try await Self.withPlace { place in
      let hosts = ["a", "b", "c"].map(place.host)
      let won = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 1...8 {
          group.addTask {
            let lease = Self.lease(hosts, "holder-\(number)")
            let own = TaskFixture.self
            return try await own.with(commands: SubprocessRunner()) { fixture in
              let mine = Place(
                tree: place.tree, fixture: fixture, environment: place.environment)
              return try await mine.hold(lease) == nil
            }
          }
        }
        var won = 0
        for try await result in group where result { won += 1 }
        return won
      }
      #expect(won == 1)
    }
  }

  @Test func `an end works in a task that was told to stop`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let lease = Self.lease([host], "one")
      let error = try await place.hold(lease)
      #expect(error == nil)
      let errors = await withTaskGroup(of: [String: TaskError].self) { group in
        group.addTask { await lease.release() }
        group.cancelAll()
        return await group.next()
      }
      #expect(errors == [:])
      #expect(FileTree.names(in: place.tree.path("hosts/a/p/staging")).sorted() == [])
    }
  }

  @Test func `unlock removes the lock that was seen and no other`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let lease = Self.lease([host], "one")
      let error = try await place.hold(lease)
      #expect(error == nil)
      let (ran, holder) = try await place.unlock(host)
      #expect(ran == "executed")
      #expect(holder?.owner == "one@laptop")
      #expect(FileTree.names(in: place.tree.path("hosts/a/p/staging")) == [])
      let (again, nobody) = try await place.unlock(host)
      #expect(again == "observed")
      #expect(nobody == nil)
    }
  }

  @Test func `a folder that may not be written is told with its cure`() async throws {
    try await Self.withPlace { place in
      try place.tree.write("hosts", "a file")
      let lease = Self.lease([place.host("a")], "one")
      let error = try await place.hold(lease)
      #expect(error?.code == .unavailable("a"))
      #expect(error?.message.contains("may not write") == true)
      #expect(error?.hint?.contains("sudo install -d -o ") == true)
    }
  }
}
