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

    /// Makes a fence.
    package init(lock: String, token: String, run: String? = nil) {
      self.lock = lock
      self.token = token
      self.run = run
    }

    /// The file that says whose the lock is, and what it must say.
    fileprivate var mark: (file: String, line: String) {
      run.map { (lock + "/run", $0) } ?? (lock + "/token", token)
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

  /// A script in which `$1`… are `arguments`.
  package init(_ text: String, _ arguments: [String] = [], input: [UInt8]? = nil) {
    self.text = text
    self.arguments = arguments
    self.input = input
  }

  /// Program and arguments, for a host that is reached like this.
  func words(for reach: Host.Reach) -> [String] {
    var lines: [String] = []
    // What an ssh server gives to commands is often less than what a login has.
    if reach == .ssh { lines.append("PATH=\"$PATH:/usr/local/bin:/snap/bin\"; export PATH") }
    // For scripts that wait: what was ours at their beginning may be somebody else's by then.
    if let (file, line) = fence?.mark {
      lines += [
        "stagecraft_holds() {",
        "  stagecraft_there=; { IFS= read -r stagecraft_there <\(Command.quoted(file)); } 2>/dev/null",
        "  [ \"$stagecraft_there\" = \(Command.quoted(line)) ]",
        "}",
        "stagecraft_holds || { echo \(Self.fenced); exit \(Self.fencedStatus); }",
      ]
    } else {
      lines.append("stagecraft_holds() { :; }")
    }
    lines.append("echo \(Self.begun)")
    return ["/bin/sh", "-c", lines.joined(separator: "\n") + "\n" + text, "stagecraft"] + arguments
  }
}
