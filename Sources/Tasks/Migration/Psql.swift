// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs psql, here or in a container, with the parts of the connection's URL in its environment and
// SQL on its standard input. The only file that knows the arguments of psql; knows no migrations.

import SystemPackage
package import TaskGraph

/// Runs psql on a database.
package struct Psql: Sendable {
  private let database: MigrationDatabase

  /// psql on `database`.
  package init(_ database: MigrationDatabase) { self.database = database }

  /// No file of the user's, no prompt, stop at the first error, codes in messages.
  static let arguments = [
    "--no-psqlrc", "--no-password", "--quiet", "--no-align", "--tuples-only",
    "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose", "--file=-",
  ]

  /// Says how psql ended, after it has left nothing of what was sent unread: who sends would fail.
  private static let ending = """
    status=$?
    cat >/dev/null
    printf '\\n\(MigrationScript.mark)status %s\\n' "$status"
    """

  /// Runs psql here.
  static let localScript = "psql \"$@\" 2>&1\n\(ending)\n"

  /// What the shell in a container does: the engine carries two streams side by side, and a message of
  /// one would come in pieces between the lines of the other.
  private static let merging = "'exec psql \"$@\" 2>&1'"

  /// Runs psql in a container of a service.
  ///
  /// In one that runs, else in one of its own, but that only where it may change something. Its standard
  /// input begins with assignments for the shell; only names of variables are arguments.
  static let containerScript = """
    set -eu
    directory=$1 project=$2 service=$3 release=$4 bytes=$5 mode=$6
    shift 6
    trap 'cat >/dev/null' EXIT
    nowhere() {
      [ "$mode" = look ] || return 0
      printf '\(MigrationScript.mark)nowhere\\n\(MigrationScript.mark)status 0\\n'
      exit 0
    }
    cd "$directory" 2>/dev/null || { nowhere; cd "$directory"; }
    if [ -z "$release" ]; then
      [ -s receipt ] || { nowhere; echo "nothing is deployed there" >&2; exit 1; }
      release=$(head -n 1 receipt)
    fi
    cd "releases/$release"
    set -a
    . ./env
    set +a
    eval "$(dd bs=1 count="$bytes" 2>/dev/null)"
    for name in "$@"; do shift; set -- "$@" -e "$name"; done
    compose() { docker compose -p "$project" -f compose.yaml "$@"; }
    id=$(compose ps -q --status running "$service" </dev/null | head -n 1)
    [ -n "$id" ] || nowhere
    set +e
    if [ -n "$id" ]; then
      docker exec -i "$@" "$id" sh -c \(merging) psql \(arguments.joined(separator: " ")) 2>&1
    else
      compose run --rm -T --no-deps --entrypoint sh "$@" "$service" \
    -c \(merging) psql \(arguments.joined(separator: " ")) 2>&1
    fi
    \(ending)

    """

  /// Sends `input` and returns all that came back; an error where psql did not come to run.
  ///
  /// A look takes no lock and starts no container: the answer may be `nowhere`.
  /// With a `limit` psql is ended when the time is over. Where the work is cancelled or takes too long, a
  /// `session` of that name is ended in the database, and how that came out is the answer; without one
  /// psql is ended, and the server ends its session then.
  package func run(
    _ input: [UInt8], isLook: Bool = false, limit: Duration? = nil, session: String? = nil,
    in context: TaskContext
  ) async throws(TaskError) -> PsqlAnswer {
    let output = try await limited(limit) { () async throws(TaskError) in
      guard let session else { return try await send(input, isLook: isLook, in: context) }
      return try await PsqlEnding(session) { request in
        // Where the containers were not there yet, the release says which they are. Whether it was heard
        // shows in the session that it is to end.
        _ = try? await send(request, isLook: true, isUploaded: true, in: context)
      }.guarding { () async throws(TaskError) in
        try await send(input, isLook: isLook, in: context)
      }
    }
    let answer = PsqlAnswer(output)
    try check(answer)
    return answer
  }

  private func send(
    _ input: [UInt8], isLook: Bool, isUploaded: Bool = false, in context: TaskContext
  ) async throws(TaskError) -> String {
    let variables = try variables(in: context)
    switch database.transport {
    case .local: return try await here(input, variables, isLook: isLook, in: context)
    case .container(let container):
      return try await inside(
        container, input, variables, isLook: isLook, isUploaded: isUploaded || !isLook,
        in: context)
    }
  }

  private func here(
    _ input: [UInt8], _ variables: [String: String], isLook: Bool, in context: TaskContext
  ) async throws(TaskError) -> String {
    var environment = ChildEnvironment.selecting(from: context.environmentOfUser)
    environment.merge(variables) { _, new in new }
    // Messages are read: they must come in the language that this program knows.
    environment["LC_ALL"] = "C.UTF-8"
    let command = Command(
      "/bin/sh", ["-c", Self.localScript, "psql"] + Self.arguments,
      directory: context.root.string, environment: environment, input: input)
    return try await context.capture(isLook ? command.looking : command, isQuiet: true)
  }

  private func inside(
    _ container: PsqlContainer, _ input: [UInt8], _ variables: [String: String],
    isLook: Bool, isUploaded: Bool, in context: TaskContext
  ) async throws(TaskError) -> String {
    var variables = variables
    variables["LC_ALL"] = "C.UTF-8"
    let names = variables.keys.sorted()
    var assignments: [UInt8] = []
    for name in names {
      assignments += Array("export \(name)=\(Command.quoted(variables[name] ?? ""))\n".utf8)
    }
    let host = container.host
    // Which folder it is says the host: it may have had the same files of an earlier release. A look is
    // made before they are laid there.
    let upload = isUploaded ? container.upload : nil
    let release = try upload.map { (upload) throws(TaskError) in
      try context.output(of: upload)
    }
    let arguments =
      [
        host.directory, host.composeProject, container.service, release?.id ?? "",
        String(assignments.count), isLook ? "look" : "change",
      ] + names
    if isLook {
      return try await RemoteShell(host).ask(
        Self.containerScript, arguments, input: assignments + input, in: context)
    }
    guard let lease = container.lease else {
      return try await RemoteShell(host).run(
        Self.containerScript, arguments, input: assignments + input, in: context)
    }
    let facts = try container.facts.map { (facts) throws(TaskError) in
      try context.output(of: facts)
    }
    return try await lease.run(
      Self.containerScript, arguments, input: assignments + input,
      as: HostStep(
        "migrating `\(database.name)`",
        within: Int((database.timeout ?? .seconds(3600)).components.seconds) + 30,
        stopsWithin: PsqlEnding.seconds),
      on: host, since: facts?.applied ?? HostApplied(), in: context)
  }

  /// The variables of libpq that the URL stands for.
  private func variables(in context: TaskContext) throws(TaskError) -> [String: String] {
    // Read without a note of its digest: it holds a password, and the database is asked anyway.
    try Self.variables(
      of: database.variable, value: context.environmentOfUser[database.variable])
  }

  /// What a URL in the variable `name` comes to.
  package static func variables(
    of name: String, value: String?
  ) throws(TaskError) -> [String: String] {
    guard let value, !value.isEmpty else {
      throw TaskError(
        .input, "connection environment variable `\(name)` is not set",
        hint: "set it to the database's URL, or put it into the `env_file` of the environment")
    }
    do throws(PostgresURL.Fault) {
      let standard = [
        "PGCLIENTENCODING": "UTF8", "PGAPPNAME": "stagecraft", "PGCONNECT_TIMEOUT": "10",
      ]
      return standard.merging(try PostgresURL(value).environment) { _, given in given }
    } catch {
      throw TaskError(
        .input, "`\(name)` is not the URL of a PostgreSQL database: \(error.message)",
        hint: "it has the form `postgresql://user:password@host:5432/database`")
    }
  }

  /// Whether psql came to run and had a connection.
  private func check(_ answer: PsqlAnswer) throws(TaskError) {
    switch answer.status {
    case nil:
      throw TaskError(
        .unexpectedAnswer("psql"), "it is not known how psql on `\(database.name)` ended",
        hint: "run it again: what was committed is known to the database", logTail: answer.others)
    case 126?, 127?:
      switch database.transport {
      case .local:
        throw TaskError(
          .programMissing("psql"), "`psql` is not installed or not on PATH",
          hint: "install the client of PostgreSQL, or name a service whose image has it: "
            + "`databases.\(database.name).migrations.service`")
      case .container(let container):
        throw TaskError(
          .programMissing("psql"),
          "the image of service `\(container.service)` has no `psql` that runs",
          hint: "name a service whose image has it and a shell, such as the database's own",
          logTail: answer.others)
      }
    case let status? where status > 128:
      throw TaskError(
        .signaled(status - 128), "psql on `\(database.name)` was ended by signal \(status - 128)",
        hint: "run it again: what was committed is known to the database")
    case 0?: return
    default: break
    }
    // A message with a code is about a statement; without one, the connection failed.
    if let error = answer.error, error.line != nil, !error.code.isEmpty { return }
    let words = answer.error.map { [$0.text] + $0.details } ?? answer.others
    throw TaskError(
      .unavailable("database"),
      "database `\(database.name)` cannot be reached: \(words.first ?? "psql says nothing")",
      hint: "its address is in `\(database.variable)`", logTail: Array(words.dropFirst()))
  }

  /// Runs `work` no longer than `limit`.
  private func limited(
    _ limit: Duration?, _ work: @escaping @Sendable () async throws(TaskError) -> String
  ) async throws(TaskError) -> String {
    guard let limit else { return try await work() }
    let name = database.name
    let result = await withTaskGroup(of: Result<String, TaskError>?.self) { group in
      group.addTask { await Self.result(of: work) }
      group.addTask {
        // Ends early when the work is done first and the group is cancelled.
        guard (try? await Task.sleep(for: limit)) != nil else { return nil }
        return .failure(
          TaskError(
            .timedOut(limit),
            "a migration of `\(name)` took longer than the \(DurationFormat.text(limit)) that "
              + "`timeout` allows",
            hint: "it was cancelled; raise `databases.\(name).migrations.timeout`, or see what it "
              + "waits for in `pg_stat_activity`"))
      }
      var ended: Result<String, TaskError>?
      for await result in group {
        if let result, ended == nil { ended = result }
        group.cancelAll()
      }
      return ended ?? .failure(.interrupted)
    }
    return try result.get()
  }

  static func result(
    of work: @Sendable () async throws(TaskError) -> String
  ) async -> Result<String, TaskError> {
    do throws(TaskError) {
      return .success(try await work())
    } catch {
      return .failure(error)
    }
  }
}
