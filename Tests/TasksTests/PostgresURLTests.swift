// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that a connection URL becomes exactly the variables that libpq would have made of it, and that
// no fault shows a part of it.

import TaskGraph
import Testing

@testable import Tasks

struct PostgresURLTests {
  @Test(arguments: [
    (
      "postgresql://user:secret@db.example.com:5433/shop",
      [
        "PGUSER": "user", "PGPASSWORD": "secret", "PGHOST": "db.example.com", "PGPORT": "5433",
        "PGDATABASE": "shop",
      ]
    ),
    ("postgres://", [:]), ("postgresql:///shop", ["PGDATABASE": "shop"]),
    ("postgresql://host", ["PGHOST": "host"]), ("postgresql://host/", ["PGHOST": "host"]),
    ("postgresql://user@host", ["PGUSER": "user", "PGHOST": "host"]),
    ("postgresql://:only@host", ["PGPASSWORD": "only", "PGHOST": "host"]),
    ("postgresql://u:@host", ["PGUSER": "u", "PGPASSWORD": "", "PGHOST": "host"]),
    ("postgresql://u:a:b@host", ["PGUSER": "u", "PGPASSWORD": "a:b", "PGHOST": "host"]),
    (
      "postgresql://[2001:db8::1]:6000,10.0.0.2,db3:7000/x?target_session_attrs=read-write",
      [
        "PGHOST": "2001:db8::1,10.0.0.2,db3", "PGPORT": "6000,,7000", "PGDATABASE": "x",
        "PGTARGETSESSIONATTRS": "read-write",
      ]
    ),
    (
      "postgresql://%2Fvar%2Frun%2Fpostgresql/shop",
      ["PGHOST": "/var/run/postgresql", "PGDATABASE": "shop"]
    ),
    (
      "postgresql:///shop?host=/run/pg&port=5499&user=me",
      ["PGHOST": "/run/pg", "PGPORT": "5499", "PGUSER": "me", "PGDATABASE": "shop"]
    ),
    (
      "postgres://h/d?sslmode=verify-full&sslrootcert=/ca%20one.pem&connect_timeout=3"
        + "&options=-c%20search_path%3Dapp&application_name=a+b",
      [
        "PGHOST": "h", "PGDATABASE": "d", "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca one.pem", "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": "-c search_path=app", "PGAPPNAME": "a+b",
      ]
    ),
    ("postgres://h?ssl=true", ["PGHOST": "h", "PGSSLMODE": "require"]),
    ("postgres://h?", ["PGHOST": "h"]),
    // A `?` before the `@` belongs to the password, as libpq has it.
    ("postgres://u:a?b@h", ["PGUSER": "u", "PGPASSWORD": "a?b", "PGHOST": "h"]),
    (
      "postgres://u:%20%21%22%23%24%25%26%27%28%29%2A%2F%3A%3F%40%5B%5C%5D%60%7B%7D%0A%C3%BC@h",
      ["PGUSER": "u", "PGPASSWORD": " !\"#$%&'()*/:?@[\\]`{}\nü", "PGHOST": "h"]
    ),
  ])
  func `a URL becomes the variables of libpq`(url: String, expected: [String: String]) throws {
    #expect(try PostgresURL(url).environment == expected)
  }

  @Test(arguments: [
    ("mysql://u:canary@h/d", PostgresURL.Fault.scheme), ("host=h password=canary", .scheme),
    ("postgres://u:canary%@h", .percent(part: "password")),
    ("postgres://u:canary%zz@h", .percent(part: "password")),
    ("postgres://u:canary%00@h", .zeroByte(part: "password")),
    ("postgres://u:canary@rest@h/d", .host), ("postgres://u:canary@h:port/d", .port),
    ("postgres://u:canary@h:65536/d", .port), ("postgres://u:canary@[::1/d", .bracket),
    ("postgres://u:canary@h/d?schema=public", .parameter("schema")),
    ("postgres://u:canary@h/d?keepalives=1", .parameterWithoutVariable("keepalives")),
    ("postgres://u:canary@h/d?canary", .parameterForm),
  ])
  func `a fault is named and shows nothing of the URL`(url: String, fault: PostgresURL.Fault) {
    #expect(throws: fault) { try PostgresURL(url) }
    let error = #expect(throws: TaskError.self) { try Psql.variables(of: "URL", value: url) }
    #expect(error?.code == .input)
    #expect(error?.message.contains("canary") == false)
    #expect(error?.hint?.contains("canary") == false)
    #expect(error?.message.hasPrefix("`URL` is not the URL of a PostgreSQL database: it") == true)
  }

  @Test func `a variable that is not set is the user's to set`() {
    for value in [nil, ""] as [String?] {
      let error = #expect(throws: TaskError.self) { try Psql.variables(of: "X", value: value) }
      #expect(error?.message == "connection environment variable `X` is not set")
    }
  }
}
