// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Takes a connection URL of PostgreSQL apart into the variables that libpq reads, so that no part of it
// has to be an argument. Its errors name what is wrong and never show the URL.

/// A connection URL as libpq's variables.
package struct PostgresURL: Sendable {
  /// What is wrong with a URL; holds none of it but the name of a parameter.
  package enum Fault: Error, Sendable, Hashable {
    case scheme
    case percent(part: String)
    case zeroByte(part: String)
    case port
    case host
    case bracket
    case parameter(String)
    case parameterWithoutVariable(String)
    case parameterForm

    /// One clause, without a value of the URL.
    package var message: String {
      switch self {
      case .scheme: "it begins with neither `postgresql://` nor `postgres://`"
      case .percent(let part): "its \(part) has a `%` that two hexadecimal digits do not follow"
      case .zeroByte(let part): "its \(part) has a zero byte"
      case .port: "its port is no number from 1 to 65535"
      case .host:
        "its host has an `@`: in user and password, `@`, `/`, `:`, `?` and `#` are written with `%`"
      case .bracket: "its address has a `[` without the `]` that ends it"
      case .parameter(let name): "it has the parameter `\(name)`, which libpq does not know"
      case .parameterWithoutVariable(let name):
        "it has the parameter `\(name)`, for which libpq has no variable"
      case .parameterForm: "its parameters are not of the form `name=value`"
      }
    }
  }

  /// The variables that stand for parameters of a connection.
  static let variables = [
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE",
    "user": "PGUSER", "password": "PGPASSWORD", "passfile": "PGPASSFILE",
    "service": "PGSERVICE", "servicefile": "PGSERVICEFILE", "options": "PGOPTIONS",
    "application_name": "PGAPPNAME", "client_encoding": "PGCLIENTENCODING",
    "connect_timeout": "PGCONNECT_TIMEOUT", "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH", "requirepeer": "PGREQUIREPEER", "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION", "sslcompression": "PGSSLCOMPRESSION",
    "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcertmode": "PGSSLCERTMODE",
    "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR",
    "sslsni": "PGSSLSNI", "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION", "gssencmode": "PGGSSENCMODE",
    "gsslib": "PGGSSLIB", "gssdelegation": "PGGSSDELEGATION", "krbsrvname": "PGKRBSRVNAME",
    "target_session_attrs": "PGTARGETSESSIONATTRS", "load_balance_hosts": "PGLOADBALANCEHOSTS",
  ]
  private static let withoutVariable: Set<String> = [
    "fallback_application_name", "keepalives", "keepalives_count", "keepalives_idle",
    "keepalives_interval", "replication", "sslpassword", "tcp_user_timeout",
  ]

  /// Names and values for the environment of a child.
  package let environment: [String: String]

  /// Reads a URL as libpq does (section 34.1.1.2 of the manual of PostgreSQL).
  package init(_ text: String) throws(Fault) {
    let schemes = ["postgresql://", "postgres://"]
    guard let scheme = schemes.first(where: { text.utf8.starts(with: $0.utf8) }) else {
      throw .scheme
    }
    var rest = Array(text.utf8)[scheme.utf8.count...]
    var values: [String: String] = [:]
    var query: ArraySlice<UInt8>?
    // What stands before the first `@` is the user's, a `?` in it as well.
    if let at = rest.firstIndex(where: { $0 == Self.at || $0 == Self.slash }), rest[at] == Self.at {
      let user = rest[..<at]
      rest = rest[(at + 1)...]
      let colon = user.firstIndex(of: Self.colon)
      let name = user[..<(colon ?? user.endIndex)]
      if !name.isEmpty { values["PGUSER"] = try Self.decoded(name, "user") }
      if let colon { values["PGPASSWORD"] = try Self.decoded(user[(colon + 1)...], "password") }
    }
    if let mark = rest.firstIndex(of: Self.question) {
      query = rest[(mark + 1)...]
      rest = rest[..<mark]
    }
    let slash = rest.firstIndex(of: Self.slash)
    if let slash, slash + 1 < rest.endIndex {
      values["PGDATABASE"] = try Self.decoded(rest[(slash + 1)...], "database name")
    }
    try Self.addHosts(rest[..<(slash ?? rest.endIndex)], to: &values)
    if let query { try Self.addParameters(query, to: &values) }
    environment = values
  }

  private static let at = UInt8(ascii: "@")
  private static let slash = UInt8(ascii: "/")
  private static let colon = UInt8(ascii: ":")
  private static let question = UInt8(ascii: "?")

  private static func addHosts(
    _ text: ArraySlice<UInt8>, to values: inout [String: String]
  ) throws(Fault) {
    guard !text.isEmpty else { return }
    guard !text.contains(at) else { throw .host }
    var hosts: [String] = []
    var ports: [String] = []
    for entry in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      var host = entry
      var port = entry[entry.endIndex...]
      if entry.first == UInt8(ascii: "[") {
        guard let end = entry.firstIndex(of: UInt8(ascii: "]")) else { throw .bracket }
        host = entry[(entry.startIndex + 1)..<end]
        port = entry[(end + 1)...]
        guard port.isEmpty || port.first == colon else { throw .bracket }
        port = port.dropFirst()
      } else if let mark = entry.firstIndex(of: colon) {
        host = entry[..<mark]
        port = entry[(mark + 1)...]
      }
      hosts.append(try decoded(host, "host"))
      ports.append(try checked(port: try decoded(port, "port")))
    }
    if hosts.contains(where: { !$0.isEmpty }) { values["PGHOST"] = hosts.joined(separator: ",") }
    if ports.contains(where: { !$0.isEmpty }) { values["PGPORT"] = ports.joined(separator: ",") }
  }

  private static func checked(port: String) throws(Fault) -> String {
    guard !port.isEmpty else { return port }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port),
      (1...65535).contains(number)
    else { throw .port }
    return port
  }

  private static func addParameters(
    _ text: ArraySlice<UInt8>, to values: inout [String: String]
  ) throws(Fault) {
    for parameter in text.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
      if parameter.isEmpty, text.isEmpty { return }
      guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")), equals > parameter.startIndex
      else { throw .parameterForm }
      var name = try decoded(parameter[..<equals], "parameters")
      var value = try decoded(parameter[(equals + 1)...], "parameters")
      // As JDBC writes it; libpq takes it for this as well.
      if name == "ssl", value == "true" {
        name = "sslmode"
        value = "require"
      }
      guard let variable = variables[name] else {
        if withoutVariable.contains(name) { throw .parameterWithoutVariable(name) }
        throw .parameter(name)
      }
      values[variable] = value
    }
  }

  /// The text with `%XX` replaced by the byte; `+` stays, as in libpq.
  private static func decoded(
    _ text: ArraySlice<UInt8>, _ part: String
  ) throws(Fault) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var position = text.startIndex
    while position < text.endIndex {
      guard text[position] == UInt8(ascii: "%") else {
        bytes.append(text[position])
        position += 1
        continue
      }
      guard position + 2 < text.endIndex, let high = digit(text[position + 1]),
        let low = digit(text[position + 2])
      else { throw .percent(part: part) }
      bytes.append(high << 4 | low)
      position += 3
    }
    guard !bytes.contains(0) else { throw .zeroByte(part: part) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
