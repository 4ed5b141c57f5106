// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves how registries are asked: each name once, all at the same time, as the user who is logged in.
// The engine is a thread of the test that answers nobody before everybody has asked.

import Foundation
import Glibc
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct RegistryQuestionsTests {
  private static let digest = "sha256:" + String(repeating: "a", count: 64)

  /// An engine that answers once `count` questions are there.
  private final class Engine: Sendable {
    let listener: Int32
    private let questions = Mutex<[String]>([])

    /// What was asked.
    var asked: [String] { questions.withLock { $0 } }

    init(at path: String) throws {
      listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      let bound = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      guard bound == 0, listen(listener, 16) == 0 else { throw Errno(rawValue: errno) }
    }

    func serve(_ count: Int, _ answer: (String) -> String) {
      var open: [(descriptor: Int32, text: String)] = []
      while open.count < count {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = read(descriptor, &buffer, buffer.count)
        open.append((descriptor, String(decoding: buffer[..<max(0, length)], as: UTF8.self)))
      }
      questions.withLock { $0 = open.map(\.text) }
      for one in open {
        let bytes = Array(answer(one.text).utf8)
        _ = bytes.withUnsafeBytes { write(one.descriptor, $0.baseAddress, $0.count) }
        close(one.descriptor)
      }
      // Nobody else is answered: who asks on is told at once.
      close(listener)
    }
  }

  /// What `images` are where the engine answers `count` questions with `answer`.
  private func chosen(
    _ images: [NamedImage], questions count: Int, configuration: String = "{}",
    answer: @escaping @Sendable (String) -> String
  ) async throws -> (asked: [String], result: Result<ChosenImages, TaskError>) {
    try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      try fixture.project.write("docker/config.json", configuration)
      try fixture.project.write(
        "docker-credential-safe",
        "#!/bin/sh\nread -r server || :\n"
          + "echo '{\"Username\": \"<token>\", \"Secret\": \"s3\"}'\n")
      chmod(fixture.project.path("docker-credential-safe").string, 0o755)
      let path = fixture.project.path("e").string
      let engine = try Engine(at: path)
      Thread.detachNewThread { engine.serve(count, answer) }
      var graph = Graph()
      let task = ImageDigests(
        id: TaskID("images/digests"), images: images, facts: [], isLocal: false)
      try graph.add(task)
      let run = await fixture.run(
        graph,
        environment: [
          "DOCKER_HOST": "unix://\(path)", "DOCKER_CONFIG": fixture.project.path("docker").string,
          "PATH": fixture.project.path("").string + ":/usr/bin:/bin",
        ])
      if let error = run.error(of: "images/digests") { return (engine.asked, .failure(error)) }
      let value = run.result.observations[task.id] as? ChosenImages
      return (engine.asked, .success(try #require(value)))
    }
  }

  private static func ok(_ digest: String) -> String {
    "HTTP/1.0 200 OK\r\n\r\n{\"Descriptor\": {\"digest\": \"\(digest)\"}, \"Platforms\": []}"
  }

  @Test func `thirty services of twelve images are twelve questions at the same time`() async throws
  {
    let images = (0..<30).map {
      NamedImage(service: "s\($0)", reference: "r.example:5000/team/i\($0 % 12):1")
    }
    let (asked, result) = try await chosen(images, questions: 12) { _ in Self.ok(Self.digest) }
    #expect(asked.count == 12)
    #expect(asked.contains { $0.hasPrefix("GET /distribution/r.example:5000/team/i3:1/json ") })
    #expect(asked.allSatisfy { !$0.contains("X-Registry-Auth") })
    let all = try result.get()
    #expect(all.choices.count == 30)
    #expect(all.choice(of: "s13")?.image == "r.example:5000/team/i1:1@\(Self.digest)")
  }

  @Test(arguments: [
    (#"{"auths": {"https://r.example": {"auth": "bWU6c2VjcmV0"}}}"#, "\"password\":\"secret\""),
    (#"{"credHelpers": {"r.example": "safe"}}"#, "\"identitytoken\":\"s3\""),
    (#"{"auths": {"r.example": {}}, "credsStore": "safe"}"#, "\"identitytoken\":\"s3\""),
  ])
  func `registries are asked as the user who is logged in`(
    configuration: String, credentials: String
  ) async throws {
    let image = NamedImage(service: "db", reference: "r.example/db:1")
    let (asked, _) = try await chosen([image], questions: 1, configuration: configuration) { _ in
      Self.ok(Self.digest)
    }
    let line = asked.first?.split(separator: "\r\n").first { $0.hasPrefix("X-Registry-Auth: ") }
    let header = try #require(line).dropFirst("X-Registry-Auth: ".count)
    let base64 = String(header).replacing("-", with: "+").replacing("_", with: "/")
    let data = try #require(Data(base64Encoded: base64))
    #expect(String(decoding: data, as: UTF8.self).contains(credentials))
  }

  @Test func `what a registry has to say is the error's log`() async throws {
    let image = NamedImage(service: "db", reference: "r.example/db:1", isFollowed: true)
    let (_, result) = try await chosen([image], questions: 1) { _ in
      "HTTP/1.0 500 Internal Server Error\r\n\r\n{\"message\": \"connection refused\"}"
    }
    let error = #expect(throws: TaskError.self) { try result.get() }
    #expect(error?.message.contains("registry `r.example` does not say") == true)
    #expect(error?.logTail == ["connection refused"])
  }
}
