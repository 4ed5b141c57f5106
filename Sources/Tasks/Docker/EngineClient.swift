// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads from a Docker engine over its socket: GET, HTTP/1.0, answer until the end of the stream.
// By hand because a `docker` process costs twenty times the answer and an HTTP client library costs
// minutes of build time; anything but a GET on a local socket goes through the `docker` program.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads from an engine on a local socket.
package struct EngineClient: Sendable {
  /// What went wrong.
  package enum Failure: Error, Sendable, Hashable {
    /// Nothing listens there, or it may not be reached; the system's word for it.
    case unreachable(String)
    /// The engine answered with this status.
    case status(Int, body: String)
    /// The answer is no HTTP.
    case malformed
  }

  /// The path of the socket.
  package let socket: String

  /// A client of the engine at `socket`.
  package init(socket: String) { self.socket = socket }

  /// What is asked for.
  package struct Question: Sendable, Hashable {
    /// Percent-encoded.
    let path: String
    /// Lines of the request's head beside the usual ones.
    var headers: [String: String] = [:]

    var bytes: [UInt8] {
      var text = "GET \(path) HTTP/1.0\r\nHost: docker\r\nAccept: application/json\r\n"
      for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
        text += "\(name): \(value)\r\n"
      }
      return Array((text + "\r\n").utf8)
    }
  }

  /// The body of the answer to a GET of `path`, which must be percent-encoded.
  package func get(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = try asked(Question(path: path))
    defer { close(descriptor) }
    return try body(of: try receive(from: descriptor))
  }

  /// The bodies of the answers to all these questions, which the engine works on at the same time; in
  /// their order.
  ///
  /// What is not answered in `seconds` counts as unreachable.
  package func get(
    _ questions: [Question], within seconds: Int32 = 30
  ) -> [Result<[UInt8], Failure>] {
    var answers = questions.map { _ in [UInt8]() }
    var results: [Int: Result<[UInt8], Failure>] = [:]
    var open: [(position: Int, descriptor: Int32)] = []
    for (position, question) in questions.enumerated() {
      do throws(Failure) {
        open.append((position, try asked(question)))
      } catch {
        results[position] = .failure(error)
      }
    }
    defer { for one in open { close(one.descriptor) } }
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while !open.isEmpty, clock.now < end {
      var waiting = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      guard poll(&waiting, nfds_t(waiting.count), 1000) > 0 else { continue }
      var chunk = [UInt8](repeating: 0, count: 64 * 1024)
      for index in waiting.indices.reversed() where waiting[index].revents != 0 {
        let (position, descriptor) = open[index]
        let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count > 0 {
          answers[position].append(contentsOf: chunk[..<count])
          continue
        }
        let failure = count < 0 ? Failure.unreachable(reason) : nil
        results[position] = Result { () throws(Failure) in
          if let failure { throw failure }
          return try body(of: answers[position])
        }
        close(descriptor)
        open.remove(at: index)
      }
    }
    return questions.indices.map {
      results[$0] ?? .failure(.unreachable("no answer in \(seconds) seconds"))
    }
  }

  /// A connection over which `question` was sent.
  private func asked(_ question: Question) throws(Failure) -> Int32 {
    let descriptor = try connected()
    guard send(question.bytes, to: descriptor) else {
      let failure = reason
      close(descriptor)
      throw .unreachable(failure)
    }
    return descriptor
  }

  private func body(of answer: [UInt8]) throws(Failure) -> [UInt8] {
    guard let split = Self.endOfHeaders(answer) else { throw .malformed }
    let head = String(decoding: answer[..<split], as: UTF8.self)
    let words = head.prefix { $0 != "\r\n" && $0 != "\n" }.split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
      throw .malformed
    }
    let body = Array(answer[(split + 4)...])
    guard status == 200 else {
      throw .status(status, body: String(decoding: body.prefix(400), as: UTF8.self))
    }
    return body
  }

  private var reason: String { String(cString: strerror(errno)) }

  private func connected() throws(Failure) -> Int32 {
    #if canImport(Darwin)
      let descriptor = Darwin.socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #endif
    guard descriptor >= 0 else { throw .unreachable(reason) }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(socket.utf8)
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
      close(descriptor)
      throw .unreachable("the path of the socket is too long")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      let failure = reason
      close(descriptor)
      throw .unreachable(failure)
    }
    return descriptor
  }

  private func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private func receive(from descriptor: Int32) throws(Failure) -> [UInt8] {
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreachable(reason) }
      if count == 0 { return answer }
      answer.append(contentsOf: chunk[..<count])
    }
  }

  /// A text as it may stand in a path; characters of `kept` stand for themselves.
  static func percentEncoded(_ text: String, keeping kept: String = "") -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let plain = Set("-._~".utf8).union(kept.utf8)
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: encoded.append(byte)
      case let byte where plain.contains(byte): encoded.append(byte)
      default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  private static func endOfHeaders(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for position in 0...(bytes.count - 4) where bytes[position] == 0x0D {
      if bytes[position..<(position + 4)].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) {
        return position
      }
    }
    return nil
  }
}
