// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what files and rows come to side by side, and where an error of psql is shown.

import Cache
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct MigrationReviewTests {
  private func file(_ name: String, _ sql: String = "SELECT 1;") -> MigrationFile {
    MigrationFile(name: name, path: "m/" + name, bytes: Array(sql.utf8))
  }

  @Test func `files and rows side by side`() throws {
    let kept = file("1.sql")
    let folder = try MigrationFolder([kept, file("2.sql"), file("3.sql"), file("4.sql")])
    let status = MigrationStatus(
      hasTable: true,
      records: [
        MigrationRecord(id: "0.sql", checksum: "x"),
        MigrationRecord(id: "1.sql", checksum: kept.checksum.hex),
        MigrationRecord(id: "2.sql", checksum: "x"),
        MigrationRecord(id: "3.sql", checksum: "x", state: "running"),
      ])
    let review = MigrationReview(folder, status)
    #expect(
      review.entries.map { "\($0.name) \($0.state.rawValue)" } == [
        "0.sql missing", "1.sql applied", "2.sql changed", "3.sql running", "4.sql pending",
      ])
    let database = MigrationDatabase(name: "main", variable: "URL", folder: "m")
    #expect(review.obstacle(in: database)?.code == .input)
    #expect(try MigrationReview(MigrationFolder([kept]), status).obstacle(in: database) == nil)
  }

  @Test func `a rollback names what ran for later releases and by hand since`() {
    let status = MigrationStatus(
      hasTable: true,
      records: [
        MigrationRecord(
          id: "1", checksum: nil, appliedAt: "2026-01-03T00:00:00Z", release: "rel-1"),
        MigrationRecord(
          id: "2", checksum: nil, appliedAt: "2026-01-02T00:00:00Z", release: "rel-2"),
        MigrationRecord(id: "3", checksum: nil, appliedAt: "2026-01-01T00:00:00Z"),
        MigrationRecord(id: "4", checksum: nil, appliedAt: "2026-01-02T00:00:01Z"),
      ])
    let left = status.applied(after: "2026-01-01T00:00:00Z", orFor: ["rel-2"])
    #expect(left.map(\.id) == ["2", "4"])
  }

  @Test(arguments: [
    ("\ta x, b nope", " a x, b nope", 8, 8), ("a very long line", "...long li...", 5, 9),
    ("... dots", "... dots", 4, 4), ("something else", "nothing", 2, -1),
  ])
  func `the caret under a part of a line is found in the line`(
    line: String, excerpt: String, caret: Int, expected: Int
  ) {
    #expect(MigrationFault.offset(of: excerpt, caret, in: line) ?? -1 == expected)
  }

  @Test func `a shell that does not say how psql ended leaves that open`() async throws {
    let runner = RecordingRunner { _ in .init(["@stagecraft end", "something"]) }
    try await TaskFixture.with(commands: runner) { fixture in
      var graph = Graph()
      try graph.add(
        MigrationStatusTask(
          id: TaskID("status"),
          database: MigrationDatabase(name: "main", variable: "URL", folder: "m")))
      let run = await fixture.run(graph, environment: ["URL": "postgres://u@h/d"])
      let error = try #require(run.error(of: "status"))
      #expect(error.code == .unexpectedAnswer("psql"))
      #expect(error.message == "it is not known how psql on `main` ended")
      #expect(error.hint == "run it again: what was committed is known to the database")
      #expect(error.logTail == ["something"])
    }
  }

  @Test func `psql's output comes apart`() {
    let answer = PsqlAnswer(
      """
      Container x Creating
      @stagecraft begun
      psql:<stdin>:9: HINWEIS:  00000: hello
      LOCATION:  exec_stmt_raise, pl_exec.c:3907
      psql:<stdin>:12: FEHLER:  42P01: relation "nope" does not exist
      LINE 2:   nope
                ^
      DETAIL:  more
      @stagecraft status 3
      """)
    #expect(answer.status == 3)
    #expect(answer.has("begun") && !answer.has("done"))
    #expect(answer.notices == ["hello"])
    #expect(answer.others == ["Container x Creating"])
    #expect(answer.error?.code == "42P01")
    #expect(answer.error?.line == 12)
    #expect(answer.error?.statementLine == 2)
    #expect(answer.error?.caret == 2)
    #expect(answer.error?.details == ["DETAIL:  more"])
  }
}
