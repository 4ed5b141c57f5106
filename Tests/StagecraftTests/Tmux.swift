// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A real terminal to look at: a tmux server of its own with one window and no user at it. Knows nothing
// of what runs in it.

import Foundation
import TestSupport
import Testing

/// A window of tmux.
final class Tmux: Sendable {
  private let name = "stagecraft-\(UUID().uuidString)"

  /// Opens a window that runs `script`, with the lines of earlier work above it.
  init(_ script: String, columns: Int, lines: Int, directory: String, environment: [String: String])
    throws
  {
    let variables = environment.sorted { $0.key < $1.key }.flatMap { ["-e", "\($0)=\($1)"] }
    // The window stays when the program is gone, so that what it left can be seen.
    _ = try tmux(
      [
        "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(lines)", "-c",
        directory,
      ]
        + variables + [
          "/bin/sh", "-c", "trap : INT; seq 50; \(script); echo \"status $?\"; exec cat",
        ])
  }

  deinit { _ = try? tmux(["kill-server"]) }

  /// What is in the window now, below the numbers that it began with; without empty lines at the end.
  func screen() throws -> [String] {
    var lines = try tmux(["capture-pane", "-p"]).components(separatedBy: "\n")
    while lines.last?.isEmpty == true { lines.removeLast() }
    return Array(lines.drop { Int($0) != nil })
  }

  /// Waits until the window shows what `isReady` looks for; returns it.
  func wait(until isReady: ([String]) -> Bool) throws -> [String] {
    let end = DispatchTime.now() + 60
    while DispatchTime.now() < end {
      let lines = try screen()
      if isReady(lines) { return lines }
      poll(nil, 0, 20)
    }
    let lines = try screen()
    Issue.record("the window never showed it: \(lines)")
    return lines
  }

  /// Gives the window another size.
  func resize(columns: Int, lines: Int) throws {
    _ = try tmux(["resize-window", "-x", "\(columns)", "-y", "\(lines)"])
  }

  /// Presses a key, in tmux's own words.
  func press(_ key: String) throws { _ = try tmux(["send-keys", key]) }

  /// Whether the cursor is to be seen.
  func hasCursor() throws -> Bool {
    try tmux(["display-message", "-p", "#{cursor_flag}"]).hasPrefix("1")
  }

  private func tmux(_ words: [String]) throws -> String {
    // The server that the first call leaves behind must not hold on to what this process waits for.
    let script = """
      for fd in /dev/fd/*; do
        fd=${fd##*/}
        if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
      done
      exec tmux "$@"
      """
    let child = try Child.run(
      "/bin/bash", ["-c", script, "tmux", "-L", name] + words,
      environment: [
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin", "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color", "TMPDIR": "/tmp",
      ])
    try #require(child.status == 0 || words == ["kill-server"], "\(child.error)")
    return child.output
  }
}
