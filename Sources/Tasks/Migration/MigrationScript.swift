// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What psql reads: the statements around a migration that make it happen once and be recorded with it.
// Pure: files and names in, text out. Knows nothing of how psql is started.

import Cache

/// The input of psql for one request.
struct MigrationScript: Sendable {
  /// The whole input.
  let input: [UInt8]
  /// How many lines stand before the migration's own first line.
  let linesBefore: Int

  /// Every line of ours begins so; migrations print nothing.
  static let mark = "@stagecraft "

  /// Asks for the table and its rows.
  static func status(of database: MigrationDatabase) -> MigrationScript {
    let table = SQLText.name(database.table)
    return MigrationScript(
      """
      SET client_min_messages TO warning;
      SET timezone TO 'UTC';
      SELECT pg_catalog.to_regclass(\(SQLText.literal(table))) IS NOT NULL AS stagecraft_there \\gset
      \\if :stagecraft_there
      \\echo \(mark)table
      SELECT '\(mark)row ' || pg_catalog.json_build_object(
        'id', m.id, 'checksum', pg_catalog.to_jsonb(m) ->> 'checksum',
        'state', coalesce(pg_catalog.to_jsonb(m) ->> 'state', 'applied'),
        'appliedAt', pg_catalog.to_char(m.applied_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'appliedBy', pg_catalog.to_jsonb(m) ->> 'applied_by',
        'release', pg_catalog.to_jsonb(m) ->> 'release')
      FROM \(table) m ORDER BY m.id COLLATE "C";
      \\endif
      \\echo \(mark)end

      """)
  }

  /// Runs one migration, unless it is recorded by now; `session` is what it is called in the database.
  static func apply(
    _ file: MigrationFile, _ script: MigrationFile.Script, to database: MigrationDatabase,
    by owner: String, release: String?, session: String
  ) -> MigrationScript {
    let id = SQLText.literal(file.name)
    let row = [
      id, SQLText.literal(file.checksum.hex), "now()",
      SQLText.literal(script.isTransactional ? "applied" : "running"), SQLText.literal(owner),
      release.map(SQLText.literal) ?? "NULL",
    ].joined(separator: ", ")
    let columns = "id, checksum, applied_at, state, applied_by, release"
    let insert = "INSERT INTO :stagecraft_table (\(columns))"
    // By this name it is found where it must be ended.
    var before = "SET application_name TO \(SQLText.literal(session));\n"
    before += prelude(of: database)
    before += """
      SELECT count(*) > 0 AS stagecraft_known,
        coalesce(max(m.state), '') AS stagecraft_state,
        coalesce(max(m.checksum), '') AS stagecraft_checksum,
        coalesce(max(m.applied_by), '') AS stagecraft_by
      FROM :stagecraft_table m WHERE m.id = \(id) \\gset
      \\if :stagecraft_known
      \\echo \(mark)known :stagecraft_state :stagecraft_checksum :stagecraft_by
      \\quit
      \\endif

      """
    let limit = database.timeout.map { timeout in
      // A little later than our own clock, which has the better words for it.
      "statement_timeout = \(timeout.components.seconds * 1000 + 2000);\n"
    }
    var after = script.statements.last?.isTerminated ?? true ? "\n" : "\n;\n"
    if script.isTransactional {
      before += "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n"
      before += "SET LOCAL standard_conforming_strings = on;\n"
      if let limit { before += "SET LOCAL " + limit }
      // Where the file ends this transaction after all, nothing is recorded.
      before += "SELECT pg_catalog.txid_current() AS stagecraft_transaction \\gset\n"
      after += "RESET ROLE;\n\(insert) SELECT \(row)\n"
      after += "WHERE pg_catalog.txid_current() = :stagecraft_transaction;\nCOMMIT;\n"
    } else {
      before += "SET standard_conforming_strings = on;\n"
      if let limit { before += "SET " + limit }
      before += "\(insert) VALUES (\(row));\n"
      after += "RESET ROLE;\nUPDATE :stagecraft_table SET state = 'applied', applied_at = now()\n"
      after += "WHERE id = \(id) AND state = 'running';\n"
    }
    before += "\\echo \(mark)begun\n\\o /dev/null\n"
    after += """
      \\o
      SELECT '\(mark)done' FROM :stagecraft_table
      WHERE id = \(id) AND state = 'applied' AND checksum = \(SQLText.literal(file.checksum.hex));

      """
    let isMarked = file.bytes.starts(with: [0xEF, 0xBB, 0xBF])
    return MigrationScript(
      input: Array(before.utf8) + file.bytes.dropFirst(isMarked ? 3 : 0) + Array(after.utf8),
      linesBefore: before.utf8.count { $0 == 0x0A })
  }

  /// Records that a migration counts as applied.
  static func record(
    _ file: MigrationFile, in database: MigrationDatabase, by owner: String
  ) -> MigrationScript {
    let values = [file.name, file.checksum.hex, "applied", owner].map(SQLText.literal)
    return MigrationScript(
      prelude(of: database)
        + """
        INSERT INTO :stagecraft_table AS m (id, checksum, state, applied_by, applied_at)
        VALUES (\(values.joined(separator: ", ")), now())
        ON CONFLICT (id) DO UPDATE SET checksum = excluded.checksum, state = excluded.state;
        \\echo \(mark)done

        """)
  }

  /// Forgets a migration, so that it counts as pending.
  static func forget(_ name: String, in database: MigrationDatabase) -> MigrationScript {
    MigrationScript(
      prelude(of: database)
        + """
        DELETE FROM :stagecraft_table WHERE id = \(SQLText.literal(name));
        \\echo \(mark)done

        """)
  }

  private init(_ text: String) {
    input = Array(text.utf8)
    linesBefore = text.utf8.count { $0 == 0x0A }
  }

  private init(input: [UInt8], linesBefore: Int) {
    self.input = input
    self.linesBefore = linesBefore
  }

  /// Takes the lock, and makes the table or gives an older one the columns that it lacks.
  ///
  /// The lock is the session's and is tried again and again, each time in a transaction of its own:
  /// `CREATE INDEX CONCURRENTLY` waits for every transaction that is older than itself, so one that
  /// waited for the lock would wait for ever. It goes with the session, however that ends. The
  /// server is told to look whether its client is still there, where it can (since 14), so that a
  /// session does not outlive a psql that was killed.
  private static func prelude(of database: MigrationDatabase) -> String {
    let table = SQLText.name(database.table)
    let literal = SQLText.literal(table)
    return """
      SET client_min_messages TO warning;
      DO $stagecraft$ BEGIN
        PERFORM pg_catalog.set_config('client_connection_check_interval', '1s', false);
        PERFORM pg_catalog.set_config('idle_in_transaction_session_timeout', '5min', false);
      EXCEPTION WHEN OTHERS THEN NULL;
      END $stagecraft$;
      DO $stagecraft$ BEGIN
        WHILE NOT pg_catalog.pg_try_advisory_lock(\(lock(of: database))) LOOP
          COMMIT;
          PERFORM pg_catalog.pg_sleep(0.1);
          COMMIT;
        END LOOP;
      END $stagecraft$;
      DO $stagecraft$ BEGIN
        IF pg_catalog.to_regclass(\(literal)) IS NULL THEN
          CREATE TABLE \(table) (
            id text PRIMARY KEY, checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(), state text NOT NULL,
            applied_by text, release text);
        ELSIF (SELECT count(*) FROM pg_catalog.pg_attribute
          WHERE attrelid = pg_catalog.to_regclass(\(literal)) AND NOT attisdropped
          AND attname IN ('checksum', 'state', 'applied_by', 'release')) < 4 THEN
          ALTER TABLE \(table) ADD COLUMN IF NOT EXISTS checksum text,
            ADD COLUMN IF NOT EXISTS state text NOT NULL DEFAULT 'applied',
            ADD COLUMN IF NOT EXISTS applied_by text, ADD COLUMN IF NOT EXISTS release text;
        END IF;
      END $stagecraft$;
      RESET client_min_messages;
      SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        AS stagecraft_table
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = pg_catalog.to_regclass(\(literal)) \\gset

      """
  }

  /// The number of the lock: one for each table; locks are apart between databases anyway.
  static func lock(of database: MigrationDatabase) -> Int64 {
    Int64(bitPattern: SQLText.digest("stagecraft migrations " + database.table))
  }
}
