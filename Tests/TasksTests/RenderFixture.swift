// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Renders Compose files of a test with the real Compose, and runs what was rendered with the real
// engine. Asserts nothing.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing
import YAML

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A project, rendered for one host.
struct RenderFixture {
  /// What a render is asked for.
  struct Request {
    var project = "sc-render"
    var files = ["compose.yaml"]
    /// What runs; nil: every service of the file, rolling.
    var services: [ServiceRollout]?
    /// Images that were made, by service.
    var images: [String: String] = [:]
    /// What was chosen for images that the file names.
    var named: ChosenImages?
    var addresses: [String: [String]] = [:]
    var secrets: Set<String> = []
    var variables: [String: String] = [:]
    var settings: [String: String] = [:]
    var directory = "/var/lib/stagecraft/demo/prod"
    var secretKey: [UInt8] = [1]
  }

  /// An observation that hands out what it reads.
  private struct Reading<Value: Storable>: ObserveTask {
    static var kind: String { "reading" }
    static var revision: Int { 1 }
    let id: TaskID
    let source: TaskRef<Value>
    let found: Found<Value>
    var request: [UInt8] { [] }

    func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

    func run(in context: TaskContext) async throws(TaskError) -> String {
      found.set(try context.output(of: source))
      return ""
    }
  }

  private final class Found<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    func set(_ value: Value) { self.value.withLock { $0 = value } }
    var get: Value? { value.withLock { $0 } }
  }

  /// A pure task that gives an image's name.
  private struct Pushed: PureTask {
    static let kind = "pushed"
    static let revision = 1
    let id: TaskID
    let name: String

    func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {
      manifest.add(.argument, "name", name)
    }

    func run(in context: TaskContext) async throws(TaskError) -> PushedImage {
      PushedImage(digestReference: name)
    }
  }

  /// An observation that says what was chosen.
  private struct Chosen: ObserveTask {
    static let kind = "chosen"
    static let revision = 1
    let id = TaskID("images/digests")
    let images: ChosenImages
    var request: [UInt8] { [] }

    func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

    func run(in context: TaskContext) async throws(TaskError) -> ChosenImages { images }
  }

  let tasks: TaskFixture

  /// The Compose file of a host, read.
  static func node(_ host: DesiredHost) throws -> Node {
    try #require(try YAMLReader.parse(host.compose))
  }

  /// Runs `body` with a project of these files.
  static func with<Result>(
    _ files: [String: String], _ body: (RenderFixture) async throws -> Result
  ) async throws -> Result {
    try await TaskFixture.with(commands: SubprocessRunner()) { tasks in
      for (name, text) in files { try tasks.project.write(name, text) }
      return try await body(RenderFixture(tasks: tasks))
    }
  }

  /// The variables that every child needs.
  static var process: [String: String] {
    var variables: [String: String] = [:]
    for name in ["PATH", "HOME", "DOCKER_HOST"] {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return variables
  }

  private func value<Value: Storable>(
    of source: TaskRef<Value>, _ graph: Graph, _ request: Request
  ) async throws -> Value {
    let found = Found<Value>()
    var graph = graph
    try graph.add(
      Reading(id: TaskID("reading"), source: source, found: found), after: [source.id])
    let run = await tasks.run(
      graph, environment: Self.process.merging(request.variables) { _, new in new })
    for entry in run.result.report.entries {
      if case .failed(let error) = entry.outcome { throw error }
    }
    return try #require(found.get)
  }

  private func application(
    _ graph: inout Graph, _ request: Request
  ) throws -> TaskRef<ComposeApplication> {
    try graph.add(
      ComposeApplicationTask(
        project: request.project, files: request.files, variables: request.settings,
        secretKey: request.secretKey))
  }

  /// What Compose made of the project.
  func application(_ request: Request = Request()) async throws -> ComposeApplication {
    var graph = Graph()
    let task = try application(&graph, request)
    return try await value(of: task, graph, request)
  }

  /// What the host is to run.
  func render(_ request: Request = Request()) async throws -> DesiredHost {
    var services = request.services ?? []
    if request.services == nil {
      for service in try await application(request).model.services {
        services.append(ServiceRollout(service.name, choice: try .of(service, isAwaited: false)))
      }
    }
    var graph = Graph()
    let task = try application(&graph, request)
    var before = [task.id]
    for (name, image) in request.images {
      let pushed = try graph.add(Pushed(id: TaskID("push/\(name)"), name: image))
      before.append(pushed.id)
      for position in services.indices where services[position].name == name {
        services[position].image = .pushed(pushed)
      }
    }
    let host = Host(
      name: "h1", reach: .local, directory: request.directory, composeProject: request.project)
    let named = try request.named.map { try graph.add(Chosen(images: $0)) }
    if let named { before.append(named.id) }
    let desired = try graph.add(
      HostDesiredTask(
        id: TaskID("host/h1/desired"), host: host, project: "demo", environment: "prod",
        services: services, application: task, named: named, addresses: request.addresses,
        secretVariables: request.secrets, secretKey: request.secretKey), after: before)
    return try await value(of: desired, graph, request)
  }

  /// The values in a file `env`, as `sh` reads it.
  static func values(_ environment: [UInt8]) throws -> [String: String] {
    // In this file every assignment stands in single quotes, a quote as '\''.
    var values: [String: String] = [:]
    var rest = environment[...]
    while let sign = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = String(decoding: rest[..<sign], as: UTF8.self)
      rest = rest[(sign + 1)...]
      var value: [UInt8] = []
      let quote = UInt8(ascii: "'")
      while rest.first == quote {
        let end = try #require(rest.dropFirst().firstIndex(of: quote))
        value += rest[(rest.startIndex + 1)..<end]
        rest = rest[(end + 1)...]
        if rest.first == UInt8(ascii: "\\") {
          value.append(quote)
          rest = rest.dropFirst(2)
        }
      }
      #expect(rest.first == UInt8(ascii: "\n"))
      rest = rest.dropFirst()
      values[name] = String(decoding: value, as: UTF8.self)
    }
    #expect(rest.isEmpty)
    return values
  }
}
