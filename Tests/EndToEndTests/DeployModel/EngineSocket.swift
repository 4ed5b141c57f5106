// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks an engine over its socket, so that a look every 100 ms costs no process. Knows GET requests
// alone.

import Foundation

/// The socket of an engine.
struct EngineSocket: Sendable {
  /// A request without an answer.
  struct Silence: Error, CustomStringConvertible {
    let description: String
  }

  /// Where it listens; another host's lies below `/proc/<id>/root`.
  let path: String

  /// The status and the body of the answer to `GET target`.
  func get(_ target: String) throws -> (status: Int, body: Data) {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Silence(description: "no socket: errno \(errno)") }
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { throw Silence(description: "\(path): errno \(errno)") }
    // The older protocol has no chunks: the body ends where the connection does.
    let request = Data("GET /v1.44\(target) HTTP/1.0\r\nHost: engine\r\n\r\n".utf8)
    let sent = request.withUnsafeBytes {
      send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == request.count else { throw Silence(description: "sent \(sent): errno \(errno)") }
    var answer = Data()
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Silence(description: "\(target): errno \(errno)") }
      if count == 0 { break }
      answer.append(contentsOf: buffer[..<count])
    }
    guard let end = answer.range(of: Data("\r\n\r\n".utf8)) else {
      throw Silence(description: "\(target): \(answer.count) bytes are no answer")
    }
    let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
    let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0, answer[end.upperBound...])
  }

  /// `filters` as the engine wants them in a query.
  static func query(_ filters: [String: [String]]) throws -> String {
    let text = String(decoding: try JSONEncoder().encode(filters), as: UTF8.self)
    return text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
