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

struct LeaseTests {
  @Test func `the first script takes all locks, and the end gives them back`() async throws {
    try await LeasePlace.with { place in
      let hosts = ["b", "a", "c"].map(place.host)
      let lease = LeasePlace.lease(hosts, "one")
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
    try await LeasePlace.with { place in
      let hosts = ["a", "b"].map(place.host)
      let first = LeasePlace.lease([hosts[1]], "first")
      let second = LeasePlace.lease(hosts, "second")
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
    try await LeasePlace.with { place in
      let host = place.host("a")
      let first = LeasePlace.lease([host], "first")
      var timing = LeasePlace.timing
      let polls = Mutex(0)
      timing.pause = { _ in
        let poll = polls.withLock { polls in
          polls += 1
          return polls
        }
        if poll == 3 { _ = await first.release() }
      }
      let second = LeasePlace.lease([host], "second", wait: .seconds(600), timing: timing)
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
    try await LeasePlace.with { place in
      let host = place.host("a")
      let first = LeasePlace.lease([host], "first")
      let clock = Mutex(ContinuousClock.now)
      var timing = LeasePlace.timing
      timing.now = { clock.withLock { $0 } }
      timing.pause = { pause in clock.withLock { $0 += pause } }
      let second = LeasePlace.lease([host], "second", wait: .seconds(10), timing: timing)
      #expect(
        try await place.hold(first) == nil)
      let start = clock.withLock { $0 }
      let error = try await place.hold(second)
      #expect(error?.code == .locked("a"))
      #expect(clock.withLock { $0 } - start == .seconds(10))
    }
  }

  @Test func `a heartbeat keeps a lock, and finds out that it is lost`() async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      let lease = LeasePlace.lease([host], "one")
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
    try await LeasePlace.with { place in
      let hosts = ["a", "b"].map(place.host)
      let lease = LeasePlace.lease(hosts, "one")
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

  @Test func `of many at once one gets the lock`() async throws {
    try await LeasePlace.with { place in
      let hosts = ["a", "b", "c"].map(place.host)
      let won = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 1...8 {
          group.addTask {
            let lease = LeasePlace.lease(hosts, "holder-\(number)")
            let own = TaskFixture.self
            return try await own.with(commands: SubprocessRunner()) { fixture in
              let mine = LeasePlace(
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
    try await LeasePlace.with { place in
      let host = place.host("a")
      let lease = LeasePlace.lease([host], "one")
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
    try await LeasePlace.with { place in
      let host = place.host("a")
      let lease = LeasePlace.lease([host], "one")
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
    try await LeasePlace.with { place in
      try place.tree.write("hosts", "a file")
      let lease = LeasePlace.lease([place.host("a")], "one")
      let error = try await place.hold(lease)
      #expect(error?.code == .unavailable("a"))
      #expect(error?.message.contains("may not write") == true)
      #expect(error?.hint?.contains("sudo install -d -o ") == true)
    }
  }
}
