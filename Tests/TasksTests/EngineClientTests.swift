// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves the engine client against a server of one answer on a socket of the test's own.

import Foundation
import Glibc
import Synchronization
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing

/// A server of one answer.
private final class Served: Sendable {
  private let listener: Int32
  private let pieces: [String]
  private let request = Mutex("")

  /// What was asked.
  var asked: String { request.withLock { $0 } }

  init(listener: Int32, pieces: [String]) {
    self.listener = listener
    self.pieces = pieces
  }

  /// Waits for one request and answers it.
  func serve() {
    let descriptor = accept(listener, nil, nil)
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    request.withLock { $0 = String(decoding: buffer[..<max(0, count)], as: UTF8.self) }
    for piece in pieces {
      _ = Array(piece.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
  }
}

struct EngineClientTests {
  /// Answers one request with `answer`, in pieces; returns what was asked.
  private func ask(_ path: String, _ pieces: [String]) async throws -> (
    asked: String, answer: Result<[UInt8], EngineClient.Failure>
  ) {
    try await TemporaryDirectory.with { tree in
      let name = tree.path("s").string
      let listener = try listen(name)
      defer { close(listener) }
      // A thread of its own: the pool's threads may all be waiting for answers.
      let server = Served(listener: listener, pieces: pieces)
      Thread.detachNewThread { server.serve() }
      let answer = Result { () throws(EngineClient.Failure) in
        try EngineClient(socket: name).get(path)
      }
      return (server.asked, answer)
    }
  }

  private func listen(_ name: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(name.utf8)) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard descriptor >= 0, bound == 0, Glibc.listen(descriptor, 1) == 0 else {
      throw Errno(rawValue: errno)
    }
    return descriptor
  }

  @Test func `one request, and the body of its answer`() async throws {
    let (asked, answer) = try await ask(
      "/images/json?x=%7B%7D",
      ["HTTP/1.0 200 OK\r\nContent-Type: app", "lication/json\r\n\r", "\n[1,\r\n\r\n", "2]"])
    #expect(asked.hasPrefix("GET /images/json?x=%7B%7D HTTP/1.0\r\n"))
    #expect(asked.hasSuffix("\r\n\r\n"))
    #expect(try answer.get() == Array("[1,\r\n\r\n2]".utf8))
  }

  @Test func `a large answer comes whole`() async throws {
    let body = String(repeating: "x", count: 300_000)
    let (_, answer) = try await ask("/", ["HTTP/1.1 200 OK\r\n\r\n", body])
    #expect(try answer.get().count == 300_000)
  }

  @Test func `another status is a failure with the engine's words`() async throws {
    let (_, answer) = try await ask("/", ["HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"no\"}"])
    #expect(throws: EngineClient.Failure.status(404, body: "{\"message\":\"no\"}")) {
      try answer.get()
    }
  }

  @Test(arguments: ["", "\r\n\r\n", "SSH-2.0-x\r\n\r\n", "HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n"])
  func `what is no HTTP is malformed`(text: String) async throws {
    let (_, answer) = try await ask("/", text.isEmpty ? [] : [text])
    #expect(throws: EngineClient.Failure.malformed) { try answer.get() }
  }

  @Test func `what is no answer of an engine is told with what to do`() async throws {
    let answers = [
      "HTTP/1.0 500 Internal Server Error\r\n\r\n{\"message\":\"no\"}",
      "HTTP/1.0 200 OK\r\n\r\n<html>",
    ]
    for (number, text) in answers.enumerated() {
      try await TaskFixture.with { fixture in
        let name = fixture.project.path("s").string
        let listener = try listen(name)
        defer { close(listener) }
        let server = Served(listener: listener, pieces: [text])
        Thread.detachNewThread { server.serve() }
        var graph = Graph()
        try graph.add(EngineImages(id: TaskID("images"), references: ["a:1"]))
        let run = await fixture.run(graph, environment: ["DOCKER_HOST": "unix://\(name)"])
        let error = try #require(run.error(of: "images"))
        #expect(error.code == .unexpectedAnswer("engine"))
        if number == 0 {
          #expect(error.message == "the Docker engine answered 500: {\"message\":\"no\"}")
          #expect(
            error.hint == "see whether `docker image ls` works, and what the log of the engine says"
          )
        } else {
          #expect(error.message == "what answers at `\(name)` is no Docker engine")
          #expect(error.hint == "point DOCKER_HOST or the docker context at one")
        }
      }
    }
  }

  @Test func `a socket without an engine is unreachable`() async throws {
    try await TemporaryDirectory.with { tree in
      for name in [
        tree.path("none").string, "/" + String(repeating: "x", count: 200),
      ] {
        #expect(throws: EngineClient.Failure.self) { try EngineClient(socket: name).get("/") }
      }
      try tree.write("file", "")
      #expect(throws: EngineClient.Failure.unreachable("Connection refused")) {
        try EngineClient(socket: tree.path("file").string).get("/")
      }
    }
  }
}
