// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whose a lock is, and whether its holder lives: tokens, heartbeats, and what is no lock at all.

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

struct LeaseHolderTests {
  @Test func `a silent lock is taken over, and its holder is fenced off`() async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      let first = LeasePlace.lease([host], "first")
      let second = LeasePlace.lease([host], "second")
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

  @Test func `a later run with the same token stops what an earlier one left at work`() async throws
  {
    try await LeasePlace.with { place in
      let host = place.host("a")
      let killed = LeasePlace.lease([host], "one")
      #expect(try await place.hold(killed) == nil)
      let dead = try await place.deadProcess()
      // It takes the lock over while its own script is at work: what comes after that is not done.
      let lock = host.directory + "/lock/run"
      let script = "echo later >\"$1\"; stagecraft_holds || exit 97; echo x >\"$2\""
      let ended = try await place.run(
        script, [lock, host.directory + "/written"], on: host, under: killed)
      #expect(ended?.code == .lockLost("a"))
      #expect(!FileTree.names(in: place.tree.path("hosts/a/p/staging")).contains("written"))
      let next = LeasePlace.lease([host], "one")
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

  @Test func `what a killed run of ours still did is planned with, not refused`() async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      let killed = LeasePlace.lease([host], "one")
      #expect(try await place.hold(killed) == nil)
      let dead = try await place.deadProcess()
      try place.tree.write("hosts/a/p/staging/lock/process", dead + "\n")
      let next = LeasePlace.lease([host], "one")
      // Its last script ended after the next run had looked at the host.
      try place.tree.write("hosts/a/p/staging/services/web", "web r1 s r1 7 me@desk\n")
      let since = HostApplied(receipt: "", services: "")
      let error = try await place.run("true", on: host, since: since, under: next)
      #expect(error?.code == .moved("a"))
      // What comes from elsewhere, also after such a run, is refused.
      await next.refresh()
      await next.release()
      let third = LeasePlace.lease([host], "one")
      let refused = try await place.run("true", on: host, since: since, under: third)
      #expect(refused?.code == .superseded("a"))
    }
  }

  @Test(
    arguments: [
      "08", "", "-5", "99999999999999999999", "9223372036854775807", "x", " 5", "1 2",
      "5000000000",
    ])
  func `what is no heartbeat is one of now, and not for ever`(_ beat: String) async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      for file in ["owner", "token", "taken", "run", "process", "beat"] {
        try place.tree.write("hosts/a/p/staging/lock/\(file)", beat + "\n")
      }
      let lease = LeasePlace.lease([host], "one")
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
    try await LeasePlace.with { place in
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
      let lease = LeasePlace.lease([host], "one")
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
    try await LeasePlace.with { place in
      let host = place.host("a")
      try place.tree.makeDirectory("hosts/a/p/staging/lock")
      let lease = LeasePlace.lease([host], "one")
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

  @Test func `a lock that our parent holds is used and left alone`() async throws {
    try await LeasePlace.with { place in
      let host = place.host("a")
      let parent = LeasePlace.lease([host], "parent")
      let child = LeasePlace.lease([host], "child")
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
}
