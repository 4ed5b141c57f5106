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
  /// end of what the script wrote to standard error; 255 means that the connection broke. A connection
  /// that is refused is tried again; a script that may have begun is not. Output comes back as lines:
  /// bytes that are no text have to be encoded by the script.
  package func run(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil, in context: TaskContext
  ) async throws(TaskError) -> String {
    try await RemoteCaller(context).call(RemoteScript(script, arguments, input: input), on: host)
  }

  /// The same, with what a local command writes to standard output as the script's standard input: any
  /// amount of it, none of which passes through this program.
  ///
  /// Where the connection is refused, the command is run again with the next attempt. A command that
  /// fails is the error, whatever the script made of what it got.
  package func pipe(
    from producer: Command, _ script: String, _ arguments: [String] = [], in context: TaskContext
  ) async throws(TaskError) -> String {
    var piped = RemoteScript(script, arguments)
    piped.producer = producer
    return try await RemoteCaller(context).call(piped, on: host)
  }

  /// Runs a script that changes nothing: where the connection breaks it is run again.
  package func ask(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil, in context: TaskContext
  ) async throws(TaskError) -> String {
    var question = RemoteScript(script, arguments, input: input)
    question.isRepeatable = true
    return try await RemoteCaller(context).call(question, on: host)
  }
}
