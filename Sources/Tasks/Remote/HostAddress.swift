// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The IP address under which other hosts reach a host, where the project does not say it: what the
// user's ssh configuration leads to.

package import TaskGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Finds addresses of hosts.
package enum HostAddress {
  /// The address that `ssh name` would connect to; opens no connection.
  package static func find(
    _ name: String, environment: [String: String], commands: any CommandRunner
  ) async throws(TaskError) -> String {
    let lines = LineBuffer()
    let ended = try await commands.run(
      SSHCommand.configuration(of: name, environment: environment)
    ) { line, stream in if stream == .output { lines.append(line, stream) } }
    let hostName = lines.text.split(separator: "\n").first { $0.hasPrefix("hostname ") }
      .map { String($0.dropFirst("hostname ".count)) }
    guard ended.isSuccess, let hostName, let address = resolve(hostName) else {
      throw TaskError(
        .unavailable(name), "the address of host `\(name)` is not known",
        hint:
          "set `network.providers.static.addresses.\(name)`, or `HostName` in the ssh configuration"
      )
    }
    return address
  }

  /// The first address of a name; an address is its own.
  static func resolve(_ name: String) -> String? {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    #if canImport(Darwin)
      hints.ai_socktype = SOCK_STREAM
    #else
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #endif
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &found) == 0, let first = found else { return nil }
    defer { freeaddrinfo(found) }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
      NI_NUMERICHOST)
    guard status == 0 else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
