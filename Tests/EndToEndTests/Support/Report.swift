// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The JSON that `build` and `run` print, decoded strictly: a key that goes missing fails a test. Knows
// only what is documented.

import Foundation

/// What one run did.
struct Report: Sendable {
  /// One task of a run.
  struct Entry: Decodable, Sendable {
    struct Failure: Decodable, Sendable {
      let code: String
      let message: String
      let hint: String?
      let command: String?
      let log: [String]
    }

    let id: String
    let `class`: String
    let status: String
    let reason: String
    let duration_ms: Int
    let error: Failure?
    let because: String?
  }

  private struct Body: Decodable {
    struct Counts: Decodable {
      let executed: Int
      let reused: Int
      let failed: Int
      let skipped: Int
      let cancelled: Int
      let saved_ms: Int
    }

    let version: Int
    let run: String
    let goal: String
    let status: String
    let duration_ms: Int
    let counts: Counts
    let tasks: [Entry]
  }

  /// How the program ended.
  let ended: Ended
  /// `ok`, `failed` or `interrupted`.
  let status: String
  /// The tasks in the order of the report.
  let entries: [Entry]

  /// Decodes standard output.
  init(_ ended: Ended) throws {
    self.ended = ended
    let body: Body
    do {
      body = try JSONDecoder().decode(Body.self, from: Data(ended.out.utf8))
    } catch {
      throw Unreadable(ended: ended, reason: "\(error)")
    }
    status = body.status
    entries = body.tasks
  }

  /// Standard output that is no report.
  struct Unreadable: Error {
    let ended: Ended
    let reason: String
  }

  /// The task of this name.
  subscript(id: String) -> Entry? { entries.first { $0.id == id } }

  /// The tasks that did work, sorted; those that only look are left out.
  var executed: [String] {
    entries.filter { $0.status == "executed" && $0.class != "observe" }.map(\.id).sorted()
  }
}
