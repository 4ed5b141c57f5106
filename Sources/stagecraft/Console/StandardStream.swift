// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes bytes to standard output and standard error, and asks what reads them. The only file that
// touches the two descriptors.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One of the two streams that a program writes to.
enum StandardStream: Int32, Sendable {
  /// Data: what a pipe or a file should get.
  case output = 1
  /// Everything that is said to a person.
  case error = 2

  /// The size of a terminal in columns and lines.
  struct Size: Sendable, Hashable {
    var columns: Int
    var lines: Int

    static let usual = Size(columns: 80, lines: 24)
  }

  /// Whether a terminal reads it.
  var isTerminal: Bool { isatty(rawValue) == 1 }

  /// The size of the terminal that reads it, asked anew each time because windows change.
  var size: Size {
    var window = winsize()
    guard ioctl(rawValue, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0
    else { return .usual }
    return Size(columns: Int(window.ws_col), lines: Int(window.ws_row))
  }

  /// How wide text for it may be: the columns of a terminal, 100 for a file or a pipe.
  var width: Int { isTerminal ? size.columns : 100 }

  /// Writes all of `bytes`; false where nobody reads any more.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool { Self.write(bytes, to: rawValue) }

  /// Writes all of `bytes` to an open file or pipe; false where that is not possible, with `errno`.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { raw in
      var rest = raw
      while !rest.isEmpty, let start = rest.baseAddress {
        #if canImport(Darwin)
          let count = Darwin.write(descriptor, start, rest.count)
        #else
          let count = Glibc.write(descriptor, start, rest.count)
        #endif
        if count < 0 {
          if errno == EINTR { continue }
          // A terminal in non-blocking mode, left so by another program, takes the rest later.
          guard errno == EAGAIN else { return false }
          var readiness = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&readiness, 1, 1000)
          continue
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return true
    }
  }

  /// Writes `text`; false where nobody reads any more.
  @discardableResult
  func write(_ text: String) -> Bool { text.isEmpty || write(Array(text.utf8)) }

  /// Makes a closed pipe an error of the write instead of the end of the program.
  ///
  /// So that running children are still cleaned up; children get the usual behaviour when they start.
  static func ignoreClosedPipes() { signal(SIGPIPE, SIG_IGN) }
}
