// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Locks with the real scripts, on folders of this machine that a stand-in for `ssh` leads to: who gets
// them, who waits, who is told what. Time passes when a test says so.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct LeaseTests {
  /// Hosts that are folders, and contexts to work on them.
  private struct Place: Sendable {
    let tree: FileTree
    let fixture: TaskFixture
    let environment: [String: String]

    func host(_ name: String) -> Host {
      Host(
        name: name, reach: .ssh, directory: tree.path("hosts/\(name)/p/staging").string,
        composeProject: "p")
    }

    /// The name of a process of this machine that was and is no more.
    func deadProcess() async throws -> String {
      let said = Mutex("")
      _ = try await SubprocessRunner().run(
        Command("/bin/sh", ["-c", "echo $$"], directory: "/", environment: environment)
      ) { line, _ in said.withLock { $0 = line } }
      let words = ProcessIdentity.current.split(separator: " ")
      return "\(words[0]) \(words[1]) \(said.withLock { $0 }) 1"
    }

    /// Takes the locks as a task and returns its error.
    func hold(_ lease: Lease) async throws -> TaskError? {
      try await task { context async throws(TaskError) in try await lease.hold(in: context) }
    }

    /// Runs a script as a task and returns its error.
    func run(
      _ script: String, _ arguments: [String] = [], on host: Host,
      since applied: HostApplied = HostApplied(),
      under lease: Lease, adding variables: [String: String] = [:]
    ) async throws -> TaskError? {
      try await task(adding: variables) { context async throws(TaskError) in
        _ = try await lease.run(script, arguments, on: host, since: applied, in: context)
      }
    }

    /// Takes the locks as a task and returns the id of the release.
    func releaseID(_ lease: Lease) async throws -> String? {
      let found = Mutex<String?>(nil)
      let error = try await task { context async throws(TaskError) in
        let id = try await lease.releaseName(in: context).id
        found.withLock { $0 = id }
      }
      #expect(error == nil)
      return found.withLock { $0 }
    }

    /// Removes the lock of a host as `stagecraft unlock` does; whether anything ran, and whose it was.
    func unlock(_ host: Host) async throws -> (String, LockHolder?) {
      var graph = Graph()
      let lock = try graph.add(HostLockTask(id: TaskID("lock"), host: host))
      try graph.add(HostUnlock(id: TaskID("unlock"), host: host, lock: lock), after: [lock.id])
      let run = await fixture.run(graph, environment: environment)
      let seen = run.result.observations[lock.id] as? HostLockTask.Output
      if case .executed = run.outcomes["unlock"] { return ("executed", seen?.holder) }
      if case .reused = run.outcomes["unlock"] { return ("observed", seen?.holder) }
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
      // Runs the last argument as the login shell of a host would.
      try tree.write(
        "bin/ssh", "#!/bin/sh\nfor last; do :; done\nexec /bin/sh -c \"$last\"\n", mode: 0o755)
      try await body(
        Place(
          tree: tree, fixture: fixture,
          environment: [
            "PATH": tree.path("bin").string + ":/usr/bin:/bin",
            "XDG_RUNTIME_DIR": tree.path("run").string,
          ]))
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
          "cat; echo \"$1\"", ["x y"], input: Array("in\n".utf8), on: hosts[0],
          since: HostApplied(),
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
      #expect(try place.tree.text("hosts/a/p/staging/records/r1.json") == "{1}")
      #expect(
        FileTree.names(in: place.tree.path("hosts/b/p/staging")).sorted() == [
          "records", "sequence",
        ])
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
      #expect(fenced?.code == .lockLost("a"))
      #expect(fenced?.message.contains("`second@laptop` holds it since") == true)
      #expect(!FileTree.names(in: place.tree.path("hosts/a/p/staging")).contains("written"))
      // It stays lost, also when its new holder has gone and what is there was looked at again.
      await first.refresh()
      let asked = try await place.run("true", on: host, under: first)
      #expect(asked?.code == .lockLost("a"))
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
      #expect(error?.code == .lockLost("a"))
    }
  }

  @Test func `one lock that is lost ends what the run does on all hosts`() async throws {
    try await Self.withPlace { place in
      let hosts = ["a", "b"].map(place.host)
      let lease = Self.lease(hosts, "one")
      #expect(try await place.hold(lease) == nil)
      try place.tree.remove("hosts/a/p/staging/lock")
      #expect(try await place.run("true", on: hosts[0], under: lease)?.code == .lockLost("a"))
      let other = try await place.run("true", on: hosts[1], under: lease)
      #expect(other?.code == .lockLost("a"))
      #expect(other?.message.contains("nobody holds it now") == true)
      // Those that are still held are given back.
      #expect(await lease.release() == [:])
      #expect(FileTree.names(in: place.tree.path("hosts/b/p/staging")) == ["sequence"])
      #expect(try await place.hold(lease)?.code == .lockLost("a"))
    }
  }

  @Test func `a later run with the same token stops what an earlier one left at work`() async throws
  {
    try await Self.withPlace { place in
      let host = place.host("a")
      let killed = Self.lease([host], "one")
      #expect(try await place.hold(killed) == nil)
      let dead = try await place.deadProcess()
      // It takes the lock over while its own script is at work: what comes after that is not done.
      let lock = host.directory + "/lock/run"
      let script = "echo later >\"$1\"; stagecraft_holds || exit 97; echo x >\"$2\""
      let ended = try await place.run(
        script, [lock, host.directory + "/written"], on: host, under: killed)
      #expect(ended?.code == .lockLost("a"))
      #expect(!FileTree.names(in: place.tree.path("hosts/a/p/staging")).contains("written"))
      let next = Self.lease([host], "one")
      // While it may live it is respected, whatever the token.
      for process in [ProcessIdentity.current, "x" + dead, "", "x", "- - 1 1"] {
        try place.tree.write("hosts/a/p/staging/lock/process", process + "\n")
        if process == ProcessIdentity.current {
          try place.tree.write("hosts/a/p/staging/lock/run", await killed.run + "\n")
        }
        #expect(try await place.hold(next)?.code == .locked("a"), "\(process)")
      }
      try place.tree.write("hosts/a/p/staging/lock/process", dead + "\n")
      #expect(try await place.hold(next) == nil)
      let taken = try place.tree.text("hosts/a/p/staging/lock/process")
      #expect(taken == ProcessIdentity.current + "\n")
      #expect(try await place.run("stagecraft_holds", on: host, under: next) == nil)
      let fenced = try await place.run("true", on: host, under: killed)
      #expect(fenced?.code == .lockLost("a"))
    }
  }

  @Test(
    arguments: [
      "08", "", "-5", "99999999999999999999", "9223372036854775807", "x", " 5", "1 2",
      "5000000000",
    ])
  func `what is no heartbeat is one of now, and not for ever`(_ beat: String) async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      for file in ["owner", "token", "taken", "run", "process", "beat"] {
        try place.tree.write("hosts/a/p/staging/lock/\(file)", beat + "\n")
      }
      let lease = Self.lease([host], "one")
      #expect(try await place.hold(lease)?.code == .locked("a"))
      let counted = try #require(try place.tree.text("hosts/a/p/staging/lock/beat"))
      #expect(try #require(Int(counted.dropLast())) > 1_700_000_000)
      #expect(try #require(Int(counted.dropLast())) < 5_000_000_000)
      // A holder that lives would have written a later one by then.
      try place.tree.write("hosts/a/p/staging/lock/beat", "1000\n")
      #expect(try await place.hold(lease) == nil)
      await lease.release()
    }
  }

  @Test(arguments: ["file", "link", "link to nothing", "folders", "pipe"])
  func `what is no lock is in nobody's way`(_ kind: String) async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let lock = "hosts/a/p/staging/lock"
      try place.tree.makeDirectory("hosts/a/p/staging")
      switch kind {
      case "file": try place.tree.write(lock, "")
      case "link":
        try place.tree.write("elsewhere/kept", "x")
        try place.tree.link(lock, to: place.tree.path("elsewhere").string)
      case "link to nothing": try place.tree.link(lock, to: "/nowhere")
      case "folders":
        for file in ["owner", "token", "taken", "run", "process"] {
          try place.tree.makeDirectory(lock + "/" + file)
        }
        try place.tree.write(lock + "/beat", "1000\n")
      default:
        try place.tree.makeDirectory(lock)
        for file in ["owner", "token", "taken", "run", "process"] {
          #expect(mkfifo(place.tree.path(lock + "/" + file).string, 0o600) == 0)
        }
        try place.tree.write(lock + "/beat", "1000\n")
      }
      #expect(try await place.unlock(host).0 == "executed")
      if kind == "link" { #expect(try place.tree.text("elsewhere/kept") == "x") }
      if kind == "file" { try place.tree.write(lock, "") }
      if kind == "link" { try place.tree.link(lock, to: place.tree.path("elsewhere").string) }
      let lease = Self.lease([host], "one")
      #expect(try await place.hold(lease) == nil)
      if kind == "link" { #expect(try place.tree.text("elsewhere/kept") == "x") }
      await lease.release()
    }
  }

  @Test func `a copy of a checkout is somebody else`() async throws {
    try await TemporaryDirectory.with { tree in
      try tree.makeDirectory("one/.stagecraft")
      try tree.makeDirectory("two/.stagecraft")
      let secret = Array("secret".utf8)
      let one = HolderIdentity.token(secret: secret, folder: tree.path("one/.stagecraft"))
      #expect(one == HolderIdentity.token(secret: secret, folder: tree.path("one/.stagecraft")))
      #expect(one != HolderIdentity.token(secret: secret, folder: tree.path("two/.stagecraft")))
      #expect(one != HolderIdentity.token(secret: [1], folder: tree.path("one/.stagecraft")))
      // Another folder in its place is another one as well.
      try tree.rename("one/.stagecraft", to: "one/old")
      try tree.makeDirectory("one/.stagecraft")
      #expect(one != HolderIdentity.token(secret: secret, folder: tree.path("one/.stagecraft")))
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

  @Test func `what was applied meanwhile is named and never replaced unasked`() async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      let theirs = "r2\nbbb\nr2\n7\nann@desk\n"
      try place.tree.write("hosts/a/p/staging/receipt", theirs)
      let before = HostApplied(receipt: "r1\naaa\n", services: "")
      let lease = Self.lease([host], "one")
      let error = try await place.run("true", on: host, since: before, under: lease)
      #expect(error?.code == .superseded("a"))
      #expect(error?.message.contains("has `r2` by now, by `ann@desk`") == true)
      await lease.release()
      // A release that was named may be there; facts are then read again under the lock.
      let over = Lease(hosts: [host], owner: "o", token: "two", wait: nil, over: "r2")
      let asked = try await place.run("true", on: host, since: before, under: over)
      #expect(asked?.code == .moved("a"))
      let seen = HostApplied(receipt: theirs, services: "")
      let again = try await place.run(
        "printf 'r3\\nccc\\n' >\"$1/receipt\"", [host.directory], on: host, since: seen, under: over
      )
      #expect(again == nil)
      // The next task of the same graph still goes by what was read before it.
      #expect(try await place.run("true", on: host, since: seen, under: over) == nil)
      await over.release()
      // What one service alone was brought to counts as well.
      try place.tree.write("hosts/a/p/staging/services/web", "web r4 s r4 7 ann@desk\n")
      let late = Self.lease([host], "three")
      let part = HostApplied(receipt: "r3\nccc\n", services: "")
      let partly = try await place.run("true", on: host, since: part, under: late)
      #expect(partly?.message.contains("`r4`") == true)
    }
  }

  @Test func `an id is greater than all that the locked hosts have or had`() async throws {
    try await Self.withPlace { place in
      let hosts = ["a", "b"].map(place.host)
      try place.tree.makeDirectory("hosts/a/p/staging/releases/rel-21000101-000000000")
      try place.tree.makeDirectory("hosts/b/p/staging/releases/rel-21000101-000000001")
      try place.tree.makeDirectory("hosts/b/p/staging/releases/rel-999")
      let first = Self.lease(hosts, "one")
      #expect(try await place.releaseID(first) == "rel-21000101-000000002")
      // One a run, whoever asks.
      #expect(try await place.releaseID(first) == "rel-21000101-000000002")
      await first.release()
      // It stays known where its files went, and where they never were.
      try place.tree.remove("hosts/b/p/staging/releases")
      let second = Self.lease([hosts[0]], "two")
      #expect(try await place.releaseID(second) == "rel-21000101-000000003")
      await second.release()
      let third = Self.lease(hosts, "three")
      #expect(try await place.releaseID(third) == "rel-21000101-000000004")
      await third.release()
    }
  }

  @Test(arguments: ["", "x\n", "rel-20261323-000000000\n", "rel-22991231-000000000\n", "\0\n"])
  func `what is no id counts for nothing, and then the clock of the host does`(
    sequence: String
  ) async throws {
    try await Self.withPlace { place in
      let host = place.host("a")
      try place.tree.write("hosts/a/p/staging/sequence", sequence)
      let lease = Self.lease([host], "one")
      let before = ReleaseTime(nanoseconds: RunClock.wallNanoseconds)
      let id = try #require(try await place.releaseID(lease))
      let time = try #require(ReleaseTime(releaseID: id))
      let after = ReleaseTime(nanoseconds: RunClock.wallNanoseconds)
      // Where no finer clock is, a host tells whole seconds.
      #expect(time.nanoseconds > before.nanoseconds - 1_000_000_000 && time < after)
      await lease.release()
      #expect(try place.tree.text("hosts/a/p/staging/sequence") == id + "\n")
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
      #expect(FileTree.names(in: place.tree.path("hosts/a/p/staging")).sorted() == ["sequence"])
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
