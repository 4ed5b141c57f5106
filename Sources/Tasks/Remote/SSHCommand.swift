// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The only place that knows the arguments of `ssh`: a function that returns a command. Leaves to the
// user's own configuration whatever says who is asked and who may answer.

package import TaskGraph

/// Builds the command lines of `ssh`.
package enum SSHCommand {
  /// Runs a command of these words on a host.
  ///
  /// Every word reaches the program there byte for byte: the login shell between has to be one of the
  /// POSIX family. `sockets` is a folder for shared connections; nil opens one for this command alone.
  /// `timeout` is in seconds and is for connecting.
  package static func run(
    _ words: [String], on host: String, sockets: String?, timeout: Int, input: [UInt8]? = nil,
    environment: [String: String]
  ) -> Command {
    // Asked for nothing and told nothing but errors: nobody sits there, and errors are read.
    var options = ["BatchMode=yes", "LogLevel=ERROR", "ConnectTimeout=\(timeout)"]
    // A host that falls silent is noticed after 15 s.
    options += ["ServerAliveInterval=5", "ServerAliveCountMax=2"]
    // What a configuration may say for a person's own sessions.
    options += ["RemoteCommand=none", "ClearAllForwardings=yes"]
    if let sockets {
      options += ["ControlMaster=auto", "ControlPersist=60", "ControlPath=\(sockets)/%C"]
    } else {
      options += ["ControlMaster=no", "ControlPath=none"]
    }
    return Command(
      "ssh",
      ["-T"] + options.flatMap { ["-o", $0] }
        + ["--", host, words.map(Command.quoted).joined(separator: " ")],
      directory: "/",
      environment: ChildEnvironment.selecting(ChildEnvironment.ssh, from: environment),
      input: input)
  }

  /// Whether `ssh` would take a name for a host and nothing else.
  package static func isHost(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
    return name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }
}

extension SSHCommand {
  /// Prints what the user's configuration makes of a host; opens no connection.
  package static func configuration(of host: String, environment: [String: String]) -> Command {
    Command(
      "ssh", ["-G", "--", host], directory: "/",
      environment: ChildEnvironment.selecting(ChildEnvironment.ssh, from: environment))
  }
}
