// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a lock guards: the releases that were applied meanwhile, and the id of the next one.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct LeaseReleaseTests {
  @Test func `what was applied meanwhile is named and never replaced unasked`() async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      let theirs = "r2\nbbb\nr2\n7\nann@desk\n"
      try place.tree.write("hosts/a/p/staging/receipt", theirs)
      let before = HostApplied(receipt: "r1\naaa\n", services: "")
      let lease = LeasePlace.lease([host], "one")
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
      let late = LeasePlace.lease([host], "three")
      let part = HostApplied(receipt: "r3\nccc\n", services: "")
      let partly = try await place.run("true", on: host, since: part, under: late)
      #expect(partly?.message.contains("`r4`") == true)
    }
  }

  @Test func `an id is greater than all that the locked hosts have or had`() async throws {
    try await LeasePlace.with { place in
      let hosts = ["a", "b"].map(place.host)
      try place.tree.makeDirectory("hosts/a/p/staging/releases/rel-21000101-000000000")
      try place.tree.makeDirectory("hosts/b/p/staging/releases/rel-21000101-000000001")
      try place.tree.makeDirectory("hosts/b/p/staging/releases/rel-999")
      let first = LeasePlace.lease(hosts, "one")
      #expect(try await place.releaseID(first) == "rel-21000101-000000002")
      // One a run, whoever asks.
      #expect(try await place.releaseID(first) == "rel-21000101-000000002")
      await first.release()
      // It stays known where its files went, and where they never were.
      try place.tree.remove("hosts/b/p/staging/releases")
      let second = LeasePlace.lease([hosts[0]], "two")
      #expect(try await place.releaseID(second) == "rel-21000101-000000003")
      await second.release()
      let third = LeasePlace.lease(hosts, "three")
      #expect(try await place.releaseID(third) == "rel-21000101-000000004")
      await third.release()
    }
  }

  @Test(arguments: ["", "x\n", "rel-20261323-000000000\n", "rel-22991231-000000000\n", "\0\n"])
  func `what is no id counts for nothing, and then the clock of the host does`(
    sequence: String
  ) async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      try place.tree.write("hosts/a/p/staging/sequence", sequence)
      let lease = LeasePlace.lease([host], "one")
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
}
