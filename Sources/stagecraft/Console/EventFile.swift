// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where `--events` writes: a file, a pipe or standard output. Whole lines only, each as soon as it is
// there; knows nothing of what is in them.

import Synchronization
import SystemPackage
import TaskGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The file that events go to.
final class EventFile: Sendable {
  private let descriptor: Int32
  private let name: String
  private let isBroken = Mutex(false)

  /// Whether data and events would mix.
  var isStandardOutput: Bool { descriptor == StandardStream.output.rawValue }

  /// Opens `path`, `-` for standard output; throws where it cannot be written.
  init(_ path: String) throws(CommandFailure) {
    name = path
    guard path != "-" else {
      descriptor = StandardStream.output.rawValue
      return
    }
    // Children get none of it: they would keep a reader waiting for its end.
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 {
      throw CommandFailure(
        .input,
        "cannot write `\(TerminalText.sanitized(path))`: \(Errno(rawValue: errno).description)",
        hint: "`--events` needs a file that can be written, or `-` for standard output")
    }
  }

  /// Writes lines; returns a warning for the first that cannot be written, and is silent after it.
  func write(_ bytes: [UInt8]) -> String? {
    guard !bytes.isEmpty else { return nil }
    return isBroken.withLock { isBroken in
      if isBroken || StandardStream.write(bytes, to: descriptor) { return nil }
      isBroken = true
      return "no more events are written to `\(TerminalText.sanitized(name))`: "
        + Errno(rawValue: errno).description
    }
  }

  deinit {
    if !isStandardOutput { close(descriptor) }
  }
}
