// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Runs a script of ours on a host and returns what it printed: one round trip. The same for a host
// that is reached by ssh and for the operator's own machine.

package import TaskGraph

/// Runs scripts on hosts.
package struct RemoteShell: Sendable {
  package let host: Host

  /// A shell on `host`.
  package init(_ host: Host) { self.host = host }

  /// Runs `script` with POSIX `sh` and returns its standard output; standard error goes to the task's
  /// log line by line.
  ///
  /// In the script `$1`… are `arguments`; standard input is `input`. Arguments show in process lists:
  /// what is secret goes into `input`. A status other than 0 is a `TaskError` whose log tail is the
  /// end of what the script wrote to standard error; a connection that is refused is tried again.
  package func run(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil, in context: TaskContext
  ) async throws(TaskError) -> String {
    let environment = ChildEnvironment.selecting(
      ChildEnvironment.docker, from: context.environmentOfUser)
    let words = ["/bin/sh", "-c", script, "stagecraft"] + arguments
    let command =
      switch host.reach {
      case .local:
        Command(
          words[0], Array(words.dropFirst()), directory: "/", environment: environment,
          input: input)
      case .ssh:
        Command(
          "ssh", [host.name, words.map(Command.quoted).joined(separator: " ")],
          directory: "/", environment: environment, input: input)
      }
    return try await context.capture(command)
  }
}
