// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `stagecraft migrate`: the migrations of a database, applied once, and how they stand.

import ArgumentParser
import Planning

/// Applies migrations.
struct Migrate: RunningCommand {
  /// What is asked for beside applying.
  enum Action: String, ExpressibleByArgument, CaseIterable, Sendable {
    case status
  }

  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Apply the migrations that a database lacks, each exactly once.",
    discussion: """
      Each file runs in a transaction of its own, together with its record. A file that begins with \
      `-- stagecraft: no-transaction` runs without one. psql is needed here, or in the image of the \
      database's `service`.

        stagecraft migrate --env prod             what `main` lacks
        stagecraft migrate --database audit --plan
                                                  only ask the database, and list
        stagecraft migrate status                 all migrations of all databases
        stagecraft migrate --resolve 0007_index.sql=pending
                                                  after a look at what broke off
      """)

  @Argument(
    help: ArgumentHelp("`status` shows how all migrations stand.", valueName: "status"))
  var action: Action?

  @Option(
    name: .customLong("database"),
    help: ArgumentHelp(
      "The database (default: main; for `status` every one).", valueName: "name"),
    completion: CompletionValues.databases)
  var database: String?

  @Flag(name: .customLong("plan"), help: "Ask the database what is pending, and change nothing.")
  var plan = false

  @Option(
    name: .customLong("resolve"),
    help: ArgumentHelp(
      "Write down that a migration counts as applied or as pending, and run none.",
      valueName: "file=applied|pending"))
  var resolve: String?

  @OptionGroup var flags: RunFlags
  @OptionGroup(title: "Global Options") var global: GlobalOptions

  func validate() throws {
    if let resolve, MigrateRequest.Resolution(resolve) == nil {
      throw ValidationError(
        "`--resolve` is `\(TerminalText.sanitized(resolve))`, and it must be `FILE=applied` or "
          + "`FILE=pending`")
    }
    if action == .status, plan || resolve != nil {
      throw ValidationError("`--plan` and `--resolve` do not go with `status`")
    }
    if action == .status || plan, flags.events != nil {
      throw ValidationError("`--events` tells of a run, and here there is none")
    }
    if plan, resolve != nil { throw ValidationError("`--plan` and `--resolve` exclude each other") }
  }

  func run(in session: Session) async throws -> ExitStatus {
    if action == .status { return try await session.showMigrations(of: database, flags.format) }
    let request = MigrateRequest(
      database: database ?? "main",
      resolution: resolve.flatMap { MigrateRequest.Resolution($0) })
    return try await session.migrate(request, isPlan: plan, flags)
  }
}
