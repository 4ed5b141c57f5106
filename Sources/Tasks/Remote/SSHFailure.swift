// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads from what `ssh` wrote why it did not get as far as running a script: it says so in words alone.
// Decides nothing but whether trying again makes sense.

package import TaskGraph

/// Why `ssh` ran nothing.
package struct SSHFailure: Sendable, Hashable {
  /// Whether the same may succeed a moment later.
  package enum Kind: Sendable, Hashable {
    /// It will not get better by itself.
    case final
    /// The server, or a name server, turned this attempt away before anything was run.
    case refused
    /// A shared connection broke before it opened a session, as far as this end knows.
    case broken
  }

  package let kind: Kind
  package let error: TaskError

  /// Reads the lines that `ssh` wrote to standard error; `timeout` is what it was given to connect.
  package init(_ lines: [String], host: String, timeout: Int, sessionsWereRefused: Bool = false) {
    func says(_ words: String...) -> Bool {
      lines.contains { line in words.contains { line.contains($0) } }
    }
    func error(_ message: String, hint: String?) -> TaskError {
      TaskError(.unavailable(host), message, hint: hint, logTail: lines.suffix(10))
    }
    let tryIt = "see what `ssh \(host)` says"
    if says("REMOTE HOST IDENTIFICATION HAS CHANGED", "HOST KEY CHANGED") {
      kind = .final
      self.error = error(
        "`\(host)` has another host key than the one that is known",
        hint: "if the machine was set up anew, look at the new key and remove the old one with "
          + "`ssh-keygen -R`; if not, somebody may be listening in between")
    } else if says("Host key verification failed", "host key is known for") {
      kind = .final
      self.error = error(
        "the host key of `\(host)` is not known on this machine",
        hint: "run `ssh \(host)` once and compare the key, or add it to `~/.ssh/known_hosts`")
    } else if says("Too many authentication failures") {
      kind = .final
      self.error = error(
        "`\(host)` refused the login after too many keys",
        hint: "name the right key with `IdentityFile` and `IdentitiesOnly yes` in `~/.ssh/config`")
    } else if says("Permission denied (", "Permission denied, please", "No more authentication") {
      kind = .final
      self.error = error(
        "`\(host)` refused the login: permission denied",
        hint: "`ssh \(host)` must work without a prompt: check the user and the key in "
          + "`~/.ssh/config`, and the agent")
    } else if says("Temporary failure in name resolution") {
      kind = .refused
      self.error = error(
        "the name of `\(host)` could not be looked up: no name server answered", hint: tryIt)
    } else if says("Could not resolve hostname") {
      kind = .final
      self.error = error(
        "the name of `\(host)` cannot be resolved",
        hint: "correct the name, or give it a `HostName` in `~/.ssh/config`")
    } else if says("timed out") {
      kind = .final
      self.error = error(
        "`\(host)` did not answer within \(timeout) s",
        hint: "check that it runs and can be reached; STAGECRAFT_SSH_TIMEOUT changes how many "
          + "seconds are waited")
    } else if says("No route to host", "Network is unreachable", "Host is down") {
      kind = .final
      self.error = error("there is no way to `\(host)` from here", hint: tryIt)
    } else if says("Connection refused") {
      kind = .final
      self.error = error(
        "`\(host)` runs, but nothing listens on its ssh port",
        hint: "check that sshd runs there, and the `Port` in `~/.ssh/config`")
    } else if says("Bad owner or permissions", "Bad configuration option", "bad configuration") {
      kind = .final
      self.error = TaskError(
        .input, "`ssh` cannot use its configuration: \(lines.last ?? "it does not say why")",
        hint: "correct the file that it names", logTail: lines.suffix(10))
    } else if says("administratively prohibited", "open failed") {
      kind = .final
      self.error = error(
        "`\(host)` takes a connection but no session",
        hint: "`MaxSessions` of its sshd must be 1 or more, and no rule may forbid commands")
    } else if lines.contains(where: Self.isRefusal) {
      kind = .refused
      let limits = sessionsWereRefused ? "`MaxSessions` and `MaxStartups`" : "`MaxStartups`"
      self.error = error(
        "`\(host)` closed the connection before the login",
        hint: "its sshd, or that of a jump host on the way, takes few at once: raise \(limits) in "
          + "its sshd_config; `PerSourcePenalties` and `fail2ban` do the same; " + tryIt)
    } else if says("mux_client", "master", "Broken pipe", "Control socket") {
      kind = .broken
      self.error = error("the shared connection to `\(host)` broke", hint: "run it again")
    } else {
      kind = .final
      self.error = error(
        "`ssh` could not run anything on `\(host)`: \(lines.last ?? "it does not say why")",
        hint: tryIt)
    }
  }

  /// Said before a login only: a session that ends says `Connection to … closed`.
  private static func isRefusal(_ line: String) -> Bool {
    for start in [
      "kex_exchange_identification:", "ssh_exchange_identification:", "banner exchange:",
      "Connection closed by ", "Connection reset by ", "ssh_dispatch_run_fatal:",
    ] where line.hasPrefix(start) { return true }
    return false
  }
}
