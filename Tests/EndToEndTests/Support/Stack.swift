// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The hosts that the test script started: their names, addresses and registry, and commands run on
// them behind ssh's back, so that a test sees what is there and not what the program says.

import Foundation
import Testing

/// The stack of `scripts/test-stack` that this run of the tests may use.
enum Stack {
  private static let variables = ProcessInfo.processInfo.environment

  /// Lets a test run only where there are hosts; where the script demands them it runs and fails.
  static let isThere = ConditionTrait.enabled(
    if: !hosts.isEmpty || variables["STAGECRAFT_REQUIRE_STACK"] == "1",
    "needs the hosts of `scripts/test-stack`")

  /// The hosts that there are, from `h1` on.
  static let hosts = (variables["STAGECRAFT_STACK_HOSTS"] ?? "").split(separator: " ").map(
    String.init)

  /// So many hosts that no tests but those of ``Lane/Shared/harmedHosts`` use, of five.
  static func own(_ count: Int) throws -> [String] { try hosts(count, from: 3) }

  /// So many hosts that no tests but those of ``Lane/Shared/steadyHosts`` use, of three; in the order of
  /// their names, which `h9` comes last in.
  static func steady(_ count: Int) throws -> [String] { try hosts(count, from: 8).sorted() }

  private static func hosts(_ count: Int, from first: Int) throws -> [String] {
    try #require(hosts.count >= 11, "`scripts/test-stack up 11` makes the hosts for these tests")
    return Array(hosts[first..<first + count])
  }

  /// `host:port` of the registry, on the machine and on every host.
  static let registry = variables["STAGECRAFT_STACK_REGISTRY"] ?? ""

  /// The small server of scripts/images/test-web.
  static func web(_ version: Int) -> String { "\(registry)/test-web:\(version)" }

  /// The address of a host.
  static func address(_ host: String) -> String {
    "\(variables["STAGECRAFT_STACK_NET"] ?? "").\(10 + (Int(host.dropFirst()) ?? 0))"
  }

  /// The SSH configuration that knows the hosts.
  static let sshConfiguration = (variables["STAGECRAFT_STACK_STATE"] ?? "") + "/ssh_config"

  /// Runs a command of the script itself, such as `partition h5`.
  @discardableResult
  static func script(_ words: String...) throws -> Ended { try script(words) }

  /// Runs a command on a host, without ssh.
  @discardableResult
  static func run(_ host: String, _ words: String...) throws -> Ended {
    try script(["exec", host] + words)
  }

  /// Runs a line of `sh` on a host and returns what it says; fails the test where it fails.
  static func shell(
    _ host: String, _ line: String, at location: SourceLocation = #_sourceLocation
  ) throws -> String {
    try script(["exec", host, "sh", "-c", line]).ends(0, at: location).out
  }

  private static func script(_ words: [String]) throws -> Ended {
    try RunningProgram(
      [Sandbox.repository + "/scripts/test-stack"] + words, in: "/", environment: variables
    ).wait()
  }

  /// What the sshd of a host has taken: connections, and commands in them.
  static func arrivals(_ host: String) throws -> (connections: Int, commands: Int) {
    let log = try shell(host, "cat /var/log/sshd.log")
    let lines = log.split(whereSeparator: \.isNewline)
    return (
      lines.count { $0.hasPrefix("Accepted publickey") },
      lines.count { $0.hasPrefix("Starting session: ") }
    )
  }
}
