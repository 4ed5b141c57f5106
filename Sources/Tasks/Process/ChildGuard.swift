// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Makes child processes die with this program, even when it is killed with SIGKILL: a helper process
// holds the other end of a pipe and ends the process groups that are left when the pipe closes.

import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Ends process groups that outlive this program.
///
/// The helper is this same program, started with ``argument`` on the first child and not before, so
/// that a run that executes nothing starts nothing. (PR_SET_PDEATHSIG reaches only the child itself,
/// on Linux only, and fires when a thread ends; a whole group needs somebody who is still alive.)
package final class ChildGuard: Sendable {
  /// The argument that makes the program be the helper.
  package static let argument = "__guard"

  private let program: String
  /// The write end of the pipe; -1 before the first child, -2 where no helper could be started.
  private let writeEnd = Mutex<Int32>(-1)

  /// A guard that starts `program` as the helper.
  package init(program: String) { self.program = program }

  /// Says that a child is about to be started.
  ///
  /// Between its start and ``watch(_:)`` nobody knows its number: if this program is killed then, the
  /// helper looks for it. Each call is followed by ``watch(_:)`` or ``abandon()``.
  package func prepare() { tell("?\n") }

  /// Says that the child which was to be started was not.
  package func abandon() { tell("!\n") }

  /// From now on, `group` dies when this program does.
  package func watch(_ group: Int32) { tell("+\(group)\n") }

  /// `group` ended by itself.
  package func release(_ group: Int32) { tell("-\(group)\n") }

  private func tell(_ message: String) {
    writeEnd.withLock { descriptor in
      if descriptor == -1 { descriptor = start() }
      guard descriptor >= 0 else { return }
      var message = message
      // A helper that is gone can protect nobody; the run goes on without it.
      message.withUTF8 { bytes in _ = write(descriptor, bytes.baseAddress, bytes.count) }
    }
  }

  private func start() -> Int32 {
    var ends: [Int32] = [-1, -1]
    // Closed on exec from the first moment: a child that is started meanwhile by another thread would
    // keep the write end open, and the helper would never see the end of this program.
    #if canImport(Darwin)
      guard pipe(&ends) == 0 else { return -2 }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #else
      // `pipe2` is not in reach of Swift; a pair of sockets does the same.
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return -2 }
    #endif
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // A group of its own, so that Ctrl-C on the terminal does not reach it.
    posix_spawnattr_setpgroup(&attributes, 0)
    #if canImport(Darwin)
      let flags = Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_CLOEXEC_DEFAULT)
    #else
      let flags = Int16(POSIX_SPAWN_SETPGROUP)
    #endif
    posix_spawnattr_setflags(&attributes, flags)
    var child: pid_t = 0
    let status = program.withCString { path in
      Self.argument.withCString { argument in
        var arguments: [UnsafeMutablePointer<CChar>?] = [
          UnsafeMutablePointer(mutating: path), UnsafeMutablePointer(mutating: argument), nil,
        ]
        return posix_spawn(&child, path, &actions, &attributes, &arguments, environ)
      }
    }
    close(ends[0])
    guard status == 0 else {
      close(ends[1])
      return -2
    }
    return ends[1]
  }

  /// The helper: reads until the pipe closes, then ends the groups that are left.
  ///
  /// Never returns.
  package static func serve() -> Never {
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    let since = ProcessTable.entry(getpid())?.start ?? .max
    var groups: Set<pid_t> = []
    var starting = 0
    while let line = readLine() {
      switch line.first {
      case "?": starting += 1
      case "!": starting -= 1
      case "+":
        starting -= 1
        if let group = pid_t(line.dropFirst()), group > 1 { groups.insert(group) }
      default: if let group = pid_t(line.dropFirst()) { groups.remove(group) }
      }
    }
    for group in groups { kill(-group, SIGTERM) }
    for round in 0..<50 {
      // A child that was just being started may take a moment to be one.
      if starting > 0, round < 20 {
        for group in ProcessTable.orphans(since: since) where groups.insert(group).inserted {
          kill(-group, SIGTERM)
        }
      }
      groups = groups.filter { kill(-$0, 0) == 0 }
      if groups.isEmpty, starting <= 0 || round >= 20 { break }
      usleep(100_000)
    }
    for group in groups { kill(-group, SIGKILL) }
    exit(0)
  }
}
