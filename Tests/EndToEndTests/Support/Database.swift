// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A database of its own for one test, on the PostgreSQL server of the stack; dropped at the end.

import Foundation
import Testing

/// One database.
final class Database: Sendable {
  /// How it is reached, from the machine and from every host; holds a password.
  let url: String
  private let name: String
  private static let server =
    ProcessInfo.processInfo.environment["STAGECRAFT_STACK_DATABASE_URL"] ?? ""

  init() throws {
    name = "e2e_" + UUID().uuidString.prefix(8).lowercased()
    let end = try #require(Self.server.lastIndex(of: "/"))
    url = Self.server[..<end] + "/" + name
    try Self.ask(Self.server, "create database \(name)")
  }

  deinit { _ = try? Self.ask(Self.server, "drop database \(name) with (force)") }

  /// The rows that a query gives, columns parted by `|`.
  func rows(_ query: String) throws -> [String] {
    try Self.ask(url, query).split(whereSeparator: \.isNewline).map(String.init)
  }

  @discardableResult
  private static func ask(_ url: String, _ query: String) throws -> String {
    try RunningProgram(
      [
        "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", url, "-c",
        query,
      ],
      in: "/", environment: ProcessInfo.processInfo.environment
    ).wait().ends(0).out
  }
}
