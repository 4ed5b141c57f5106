// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A script for a host with all that it gets, and the lines of ours before it by which can be told
// whether it began. Does not know how it travels.

package import TaskGraph

/// A script for a host.
package struct RemoteScript: Sendable {
  /// The lock that must be ours when the script begins.
  package struct Fence: Sendable, Hashable {
    /// The folder of the lock.
    package let lock: String
    package let token: String
    /// Tells this run from an earlier one with the same token; nil where the lock is another run's,
    /// which this one may use.
    package let run: String?
    /// The container that is the lock, in place of the folder.
    package let container: String?
    /// The release that is being made, and who makes it: what scripts write into receipts.
    package var release = ""
    package var owner = ""

    /// Makes a fence.
    package init(lock: String, token: String, run: String? = nil, container: String? = nil) {
      self.lock = lock
      self.token = token
      self.run = run
      self.container = container
    }

    /// The lines of a function whose status says whether the lock is ours.
    fileprivate var test: [String] {
      // An engine that does not answer takes no lock away.
      if let container {
        return [
          "  stagecraft_there=$(docker container inspect --format '{{.Id}}' \(container) 2>&1) && return",
          "  case $stagecraft_there in *[Nn]'o such container'*) return 1 ;; esac",
        ]
      }
      let (file, line) = run.map { (lock + "/run", $0) } ?? (lock + "/token", token)
      return [
        "  stagecraft_there=; { IFS= read -r stagecraft_there <\(Command.quoted(file)); } 2>/dev/null",
        "  [ \"$stagecraft_there\" = \(Command.quoted(line)) ]",
      ]
    }
  }

  /// What is written before the script does anything, at the end of a line: what login files print
  /// comes before it.
  static let begun = "stagecraft-begun"
  /// Written in place of ``begun`` where the lock is not ours.
  static let fenced = "stagecraft-fenced"
  /// The status of a script that was not begun, or not ended, because the lock is not ours.
  static let fencedStatus: Int32 = 97

  let text: String
  let arguments: [String]
  /// What the script reads on standard input.
  package var input: [UInt8]?
  /// Whose standard output the script reads in place of that.
  package var producer: Command?
  /// The lock that must be ours.
  package var fence: Fence?
  /// Whether it may run again though it may have begun.
  package var isRepeatable = false
  /// What it is on the host, where it outlives the connection.
  package var job: HostJob?

  /// A script in which `$1`… are `arguments`.
  package init(_ text: String, _ arguments: [String] = [], input: [UInt8]? = nil) {
    self.text = text
    self.arguments = arguments
    self.input = input
  }

  /// Program and arguments, for a host that is reached like this.
  func words(for reach: Host.Reach) -> [String] {
    // What an ssh server gives to commands is often less than what a login has.
    let path = reach == .ssh ? "PATH=\"$PATH:/usr/local/bin:/snap/bin\"; export PATH\n" : ""
    guard let job else {
      let script = path + preamble + "echo \(Self.begun)\n" + text
      return ["/bin/sh", "-c", script, "stagecraft"] + arguments
    }
    return [
      "/bin/sh", "-c", path + HostJobScripts.launch, "stagecraft", job.directory, job.name,
      job.words, String(job.limit), String(input?.count ?? 0), preamble + text,
    ] + arguments
  }

  /// What every script of ours may ask: whether the lock is still this run's, and whether it is to stop
  /// at its next safe point.
  ///
  /// For scripts that wait: what was ours at their beginning may be somebody else's by then.
  private var preamble: String {
    var lines: [String] = []
    if let fence {
      lines += [
        "stagecraft_release=\(Command.quoted(fence.release))",
        "stagecraft_by=\(Command.quoted(fence.owner))",
        "stagecraft_holds() {",
      ]
      lines += fence.test
      lines += [
        "}",
        "stagecraft_holds || { echo \(Self.fenced); exit \(Self.fencedStatus); }",
      ]
    } else {
      lines.append("stagecraft_holds() { :; }")
    }
    let asked = job.map { "[ -e \(Command.quoted($0.folder + "/stop")) ]" } ?? "false"
    lines.append("stagecraft_stopping() { \(asked); }")
    return lines.joined(separator: "\n") + "\n"
  }
}
