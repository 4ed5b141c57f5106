// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A migration that is interrupted: its session is asked to end by name until it does, and what is told
// says what became of it. A database is not needed.

import Synchronization
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct PsqlEndingTests {
  /// A session that goes on until somebody cancels it.
  private final class Session: Sendable {
    let requests = Mutex<[String]>([])

    func take(_ request: [UInt8]) {
      requests.withLock { $0.append(String(decoding: request, as: UTF8.self)) }
    }

    func answer() async -> String {
      while requests.withLock({ $0.isEmpty }) { await Task.yield() }
      return "ended"
    }
  }

  @Test func `work that is cancelled is ended in the database and its answer still comes`()
    async throws
  {
    let session = Session()
    let ending = PsqlEnding("stagecraft it's") { session.take($0) }
    let run = Task {
      try await ending.guarding { () async throws(TaskError) in
        // Not cancelled itself: nobody ends the psql that waits.
        let answer = await session.answer()
        return Task.isCancelled ? "cancelled" : answer
      }
    }
    run.cancel()
    do {
      #expect(try await run.value == "ended")
      let request = session.requests.withLock { $0.first ?? "" }
      #expect(request.contains("pg_cancel_backend(pid)"))
      #expect(request.contains("application_name = 'stagecraft it''s'"))
    } catch let error as TaskError {
      // It was cancelled before it began.
      #expect(error.code == .cancelled)
    }
  }

  @Test func `work that ends by itself needs no request`() async throws {
    let session = Session()
    let ending = PsqlEnding("s") { session.take($0) }
    #expect(try await ending.guarding { () async throws(TaskError) in "done" } == "done")
    #expect(session.requests.withLock { $0 }.isEmpty)
  }

  @Test func `an interruption says what became of the file`() {
    let file = MigrationFile(name: "2.sql", path: "m/2.sql", bytes: [])
    let database = MigrationDatabase(name: "main", variable: "URL", folder: "m")
    let undone = MigrationFault.rolledBack(file, in: database)
    #expect(undone.message == "`m/2.sql` was interrupted and rolled back in `main`")
    let open = MigrationFault.unended(file, in: database)
    #expect(open.message == "`m/2.sql` was interrupted and may still run in `main`")
    #expect(open.hint?.contains("pg_stat_activity") == true)
    let cancelled = PsqlAnswer(
      "psql:<stdin>:3: ERROR:  57014: canceling statement due to user request\n")
    #expect(MigrationFault.wasEnded(cancelled))
    #expect(!MigrationFault.wasEnded(PsqlAnswer("psql:<stdin>:3: ERROR:  42601: syntax error\n")))
  }
}
