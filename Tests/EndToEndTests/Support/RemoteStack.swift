// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The real hosts of `scripts/test-stack`, and ways to make them misbehave. Only what the environment
// names is used; nothing is started here.

import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

/// The hosts that tests are run against.
enum RemoteStack {
  static let environment = ProcessInfo.processInfo.environment

  /// Whether tests of hosts are run: where there are some, and where there must be some.
  static let isWanted =
    environment["STAGECRAFT_STACK_SSH_CONFIG"] != nil
    || environment["STAGECRAFT_REQUIRE_STACK"] == "1"

  /// A host with a directory and a project that no other test has.
  static func host(_ name: String) -> Tasks.Host {
    let id = UUID().uuidString.prefix(8).lowercased()
    return Tasks.Host(
      name: name, reach: .ssh, directory: "/var/lib/stagecraft/remote-\(id)/test",
      composeProject: "remote-\(id)")
  }

  /// What a task has, for scripts that are run outside a graph.
  static func caller(
    adding variables: [String: String] = [:], log: LineBuffer = LineBuffer()
  ) -> RemoteCaller {
    ignoreClosedPipes()
    var caller = RemoteCaller(
      commands: SubprocessRunner(),
      environment: environment.merging(variables) { _, new in new }
    ) { log.append($0, $1) }
    caller.starts = ConnectionStarts()
    caller.traffic = RemoteTraffic()
    return caller
  }

  /// Runs `scripts/test-stack` with the number of the stack in use.
  @discardableResult
  static func stack(_ words: String...) throws -> Ended {
    try RunningProgram(
      [Sandbox.repository + "/scripts/test-stack"] + words, in: "/", environment: environment
    ).wait()
  }

  /// A folder for one test, removed after it.
  static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = "/tmp/stagecraft-remote-" + UUID().uuidString.prefix(8).lowercased()
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
  }

  /// Gives a host other settings of sshd while `body` runs.
  static func with<Result>(
    sshd settings: [String], on host: String, _ body: () async throws -> Result
  ) async throws -> Result {
    let file = "/etc/ssh/sshd_config"
    // While it starts again nobody listens: it is done when it has said once more that it does.
    let reload =
      "n=$(grep -c listening /var/log/sshd.log); kill -HUP $(cat /run/sshd.pid); "
      + "until [ $(grep -c listening /var/log/sshd.log) -gt $n ]; do sleep 0.05; done"
    let lines = settings.map(Command.quoted).joined(separator: " ")
    try stack(
      "exec", host, "sh", "-c",
      "cp \(file) \(file).kept && printf '%s\\n' \(lines) >>\(file) && { \(reload); }"
    ).ends(0)
    defer { _ = try? stack("exec", host, "sh", "-c", "mv \(file).kept \(file) && { \(reload); }") }
    return try await body()
  }
}

/// All tests of hosts themselves: one after the other, since they cut off and stop what others use.
///
/// They use the first three hosts.
@Suite(.serialized, .enabled(if: RemoteStack.isWanted, "needs the hosts of `scripts/test-stack`"))
enum RemoteHostTests {}
