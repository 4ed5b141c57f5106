// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The JSON that `plan` prints, decoded strictly: a key that goes missing fails a test.

import Foundation

/// What a run would do.
struct Plan: Decodable, Sendable {
  /// Why a task would run or not.
  struct Reason: Decodable, Sendable {
    /// One thing that differs.
    struct Change: Decodable, Sendable {
      let kind: String
      let name: String
      let old: String?
      let new: String?
    }

    let code: String
    let text: String
    let changes: [Change]
  }

  /// One task.
  struct Task: Decodable, Sendable {
    let id: String
    let kind: String
    let `class`: String
    let phase: String
    let status: String
    let reason: Reason
    let dependsOn: [String]
    let inputs: [String]
  }

  let version: Int
  let goal: String
  let tasks: [Task]

  /// Decodes standard output.
  init(_ ended: Ended) throws {
    do {
      self = try JSONDecoder().decode(Plan.self, from: Data(ended.out.utf8))
    } catch {
      throw Report.Unreadable(ended: ended, reason: "\(error)")
    }
  }

  /// The task of this name.
  subscript(id: String) -> Task? { tasks.first { $0.id == id } }
}
