// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Starts a program and waits for it, with its output in files so that no pipe can fill up. Knows
// nothing of the programs; ends what does not end by itself.

import Foundation
import Synchronization

/// A program that was started.
final class RunningProgram: Sendable {
  /// Why a program could not be started.
  struct StartError: Error {
    let program: String
    let reason: String
  }

  let id: pid_t
  private let program: String
  private let output: String
  private let errors: String
  private let ended = DispatchSemaphore(value: 0)
  private let status = Mutex<Int32?>(nil)

  /// Starts `words` in `directory`, in a process group of its own, with nothing on standard input.
  init(_ words: [String], in directory: String, environment: [String: String]) throws {
    let name = FileManager.default.temporaryDirectory.path + "/stagecraft-\(UUID().uuidString)"
    program = words.joined(separator: " ")
    output = name + ".out"
    errors = name + ".err"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    // The threads that tests run on block every signal, and a child would inherit that: as a shell
    // starts it, nothing is blocked or ignored.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    // The library has no action for a working directory everywhere; the shell replaces itself.
    let script = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory] + words
    let arguments = script.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, script[0], &actions, &attributes, arguments, variables)
    guard code == 0 else {
      throw StartError(program: program, reason: String(cString: strerror(code)))
    }
    let id = child
    self.id = id
    Thread.detachNewThread { [self] in
      var raw: Int32 = 0
      while waitpid(id, &raw, 0) < 0, errno == EINTR {}
      status.withLock { $0 = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f) }
      ended.signal()
    }
  }

  deinit {
    unlink(output)
    unlink(errors)
  }

  /// What it wrote to standard error so far.
  var errorsSoFar: String { Self.text(of: errors) }

  /// Whether it has ended.
  var hasEnded: Bool { status.withLock { $0 != nil } }

  /// Sends a signal to it alone, not to its children.
  func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for its end; ends it and its group where it takes longer than `seconds`.
  func wait(seconds: Double = 120) -> Ended {
    if ended.wait(timeout: .now() + seconds) == .timedOut {
      kill(-id, SIGKILL)
      ended.wait()
    }
    ended.signal()
    return Ended(
      status: status.withLock { $0 ?? -1 }, out: Self.text(of: output), err: Self.text(of: errors))
  }

  private static func text(of path: String) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }
}
