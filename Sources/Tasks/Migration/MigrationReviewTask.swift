// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Looks at a folder of migrations and at their database at once: what `migrate status` and `--plan`
// show. Changes nothing.

package import Cache
package import TaskGraph

/// Compares a folder of migrations with a database.
package struct MigrationReviewTask: ObserveTask {
  package typealias Output = MigrationReview

  package static let kind = "migration-review"
  package static let revision = 1

  package let id: TaskID
  package let database: MigrationDatabase

  /// A review of `database`.
  package init(_ database: MigrationDatabase) {
    id = TaskID("migrate/\(database.name)/review")
    self.database = database
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "database", database.name)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> MigrationReview {
    let folder = try MigrationFolder.read(database.folder, in: context)
    let status = try await MigrationStatusTask(id: id, database: database).run(in: context)
    if !status.isKnown, case .container(let container) = database.transport {
      throw TaskError(
        .unavailable("database"),
        "no container of service `\(container.service)` runs on `\(container.host.name)`",
        hint: "database `\(database.name)` is asked from there: deploy the service first")
    }
    let review = MigrationReview(folder, status)
    // What could not be sent is said before anybody counts on it.
    let pending = Set(review.pending.map(\.name))
    for file in folder.files where pending.contains(file.name) { _ = try file.script() }
    return review
  }
}
