// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Stands between a program and a server, passes every byte on, and notes the request lines of HTTP
// that go by. Speaks no HTTP itself, so that upgraded connections work.

import Foundation
import Synchronization

/// A proxy that notes requests.
final class RecordingProxy: Sendable {
  /// Where one listens or connects.
  enum Place: Sendable {
    case socket(String)
    /// On loopback.
    case port(UInt16)
  }

  /// A socket that cannot be had.
  struct SocketError: Error {
    let step: String
    let reason: String
  }

  private let listener: Int32
  private let target: Place
  private let noted = Mutex<[String]>([])
  private let path: String?
  /// Whether requests that could change something are refused in place of the server.
  private let refusesWrites: Bool
  /// The port that it listens on; 0 for a socket.
  let port: UInt16

  /// Listens at `place` (port 0: any free one) and passes on to `target`.
  init(at place: Place, to target: Place, refusingWrites: Bool = false) throws {
    self.target = target
    refusesWrites = refusingWrites
    if case .socket(let path) = place { self.path = path } else { path = nil }
    let listener = try Self.withAddress(place) { family, address, size in
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0, bind(descriptor, address, size) == 0, listen(descriptor, 64) == 0
      else { throw SocketError(step: "listen", reason: String(cString: strerror(errno))) }
      return descriptor
    }
    self.listener = listener
    if case .port = place {
      var bound = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutableBytes(of: &bound) { bytes in
        if let base = bytes.baseAddress {
          _ = getsockname(listener, base.assumingMemoryBound(to: sockaddr.self), &size)
        }
      }
      port = UInt16(bigEndian: bound.sin_port)
    } else {
      port = 0
    }
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        if client < 0 {
          if errno == EINTR { continue }
          return
        }
        guard let self else {
          close(client)
          return
        }
        self.serve(client)
      }
    }
  }

  deinit { stop() }

  /// Stops listening.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    if let path { unlink(path) }
  }

  /// `METHOD path` of each request since the last call.
  func takeRequests() -> [String] {
    noted.withLock { lines in
      let taken = lines
      lines = []
      return taken
    }
  }

  private func serve(_ client: Int32) {
    let server: Int32? = try? Self.withAddress(target) { family, address, size in
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard connect(descriptor, address, size) == 0 else {
        close(descriptor)
        throw SocketError(step: "connect", reason: String(cString: strerror(errno)))
      }
      return descriptor
    }
    guard let server else {
      close(client)
      return
    }
    let open = Mutex<Int>(2)
    let ends = Ends(client: client, server: server, open: open)
    Thread.detachNewThread { [self] in
      Self.pump(from: client, to: server) { bytes in
        guard let method = self.note(bytes), self.refusesWrites, method != "GET", method != "HEAD"
        else { return true }
        let answer = Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".utf8)
        _ = answer.withUnsafeBytes {
          send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return false
      }
      ends.closeOne()
    }
    Thread.detachNewThread {
      Self.pump(from: server, to: client) { _ in true }
      ends.closeOne()
    }
  }

  /// The two sockets of a connection; closed when both directions are done.
  private final class Ends: Sendable {
    let client: Int32
    let server: Int32
    private let open: Mutex<Int>

    init(client: Int32, server: Int32, open: consuming Mutex<Int>) {
      self.client = client
      self.server = server
      self.open = open
    }

    func closeOne() {
      let left = open.withLock { count in
        count -= 1
        return count
      }
      if left == 0 {
        close(client)
        close(server)
      }
    }
  }

  /// Passes bytes on until one side ends, or `see` says no to some.
  private static func pump(from: Int32, to: Int32, see: (ArraySlice<UInt8>) -> Bool) {
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(from, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      guard see(chunk[..<count]) else { break }
      var sent = 0
      while sent < count {
        let step = chunk[sent..<count].withUnsafeBytes {
          send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if step < 0, errno == EINTR { continue }
        guard step > 0 else { break }
        sent += step
      }
      if sent < count { break }
    }
    shutdown(to, Int32(SHUT_WR))
  }

  private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

  /// Notes a request and returns its method; nil for what begins none.
  private func note(_ bytes: ArraySlice<UInt8>) -> String? {
    // A request starts a packet: clients here send none before the last one is answered.
    let line = String(decoding: bytes.prefix { $0 != 13 }, as: UTF8.self)
    let words = line.split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1"), Self.methods.contains(String(words[0]))
    else { return nil }
    noted.withLock { $0.append("\(words[0]) \(words[1])") }
    return String(words[0])
  }

  private static func withAddress<Result>(
    _ place: Place, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) throws -> Result
  ) throws -> Result {
    switch place {
    case .socket(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw SocketError(step: "name", reason: "too long: \(path)")
      }
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      return try withUnsafePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try body(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    case .port(let port):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
      return try withUnsafePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try body(AF_INET, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }
}
