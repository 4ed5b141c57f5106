// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Who gets a lock that is kept in an engine, by what the engine answers: a runner stands in for it. The
// real one is LocalLockTests' matter.

import Synchronization
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct HostLockTests {
  private static let host = Host(
    name: "local", reach: .local, directory: "/state/p/dev", composeProject: "p-dev")
  private static let mine = String(repeating: "a", count: 64)
  private static let theirs = String(repeating: "b", count: 64)
  private static let taken = ["taken \(mine) 2026-11-28T17:00:00.25Z"]

  /// A lock of another holder that was made at 17:00:00, when it is so late.
  private static func there(
    _ token: String, run: String = "other", process: String = "", at clock: String = "17:00:10"
  ) -> [String] {
    [
      "lock [\"\(theirs)\",\"2026-11-28T17:00:00Z\",\"me@there\",\"\(token)\",\"\(run)\",\"\(process)\"]",
      "beat - 2026-11-28T\(clock)Z",
    ]
  }

  /// Asks for the lock while the engine answers this, one after the other; with the id that each
  /// question allowed to be removed.
  private static func take(
    _ answers: [[String]], inherited: [String] = []
  ) async throws -> (LockAnswer, broken: [String]) {
    let rest = Mutex(answers[...])
    let runner = RecordingRunner { _ in
      let lines = rest.withLock { $0.popFirst() } ?? []
      return RecordingRunner.Answer(["stagecraft-begun", "state - - 5 - -"] + lines)
    }
    let claim = LockClaim(
      token: "token", owner: "me", run: "this", expiry: 60, inherited: inherited)
    let lock = HostLock(
      host: host, caller: RemoteCaller(commands: runner, environment: [:]))
    let answer = try await lock.take(claim)
    return (answer, runner.commands.compactMap(\.arguments.last))
  }

  @Test func `a free lock is taken, at the time of the engine`() async throws {
    let (answer, _) = try await Self.take([Self.taken])
    guard case .ours(let grant) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(grant.container == Self.mine)
    #expect(grant.clock.text == "2026-11-28T17:00:00.25Z")
  }

  @Test func `a lock that was heard of lately is held, whatever its token`() async throws {
    for lines in [
      Self.there("token"), Self.there("other"), Self.there("token", process: "x y 1 2"),
      Self.there("token", process: ProcessIdentity.text(of: getppid())),
    ] {
      let (answer, broken) = try await Self.take([lines])
      guard case .held(let holder) = answer else {
        Issue.record("\(answer)")
        return
      }
      #expect(holder.owner == "me@there" && holder.silence == 10)
      #expect(broken == [""])
    }
  }

  @Test func `a silent lock is removed by its id, and its holder named`() async throws {
    let (answer, broken) = try await Self.take([Self.there("other", at: "17:01:01"), Self.taken])
    guard case .ours(let grant) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(grant.from?.owner == "me@there")
    #expect(broken == ["", Self.theirs])
  }

  @Test func `what a dead run of this checkout left is taken at once`() async throws {
    // This process held it in an earlier lease, which is over.
    let lines = Self.there("token", process: ProcessIdentity.current)
    let (answer, broken) = try await Self.take([lines, Self.taken])
    guard case .ours(let grant) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(grant.from == nil)
    #expect(broken == ["", Self.theirs])
  }

  @Test func `a lock of the program that started this one is used`() async throws {
    let (answer, _) = try await Self.take([Self.there("parent")], inherited: ["x", "parent"])
    guard case .ours(let grant) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(grant.inherited == 1 && grant.container == Self.theirs)
  }
}
