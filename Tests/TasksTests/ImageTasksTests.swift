// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves which programs the tasks of images run, and when none, with a runner that plays the engine
// and the registry. Real ones are the end-to-end tests' matter.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import Tasks
import TestSupport
import Testing

struct ImageTasksTests {
  /// An engine and a registry behind the command line of `docker`.
  private final class Engine: Sendable {
    struct State {
      var label: String?
      var names: [String] = []
      var pushed: [String] = []
      var remote: String?
    }

    let state = Mutex(State())

    /// Plays one command.
    func answer(_ command: Command) -> RecordingRunner.Answer {
      let words = command.arguments
      return state.withLock { state in
        switch words.prefix(2) {
        case ["image", "ls"]: return .init(state.names.isEmpty ? [] : ["sha256:1"])
        case ["image", "inspect"]:
          let names = state.names.map { "\"\($0)\"" }.joined(separator: ",")
          let digests = state.pushed.map { "\"\($0)\"" }.joined(separator: ",")
          let labels = state.label.map { "\"dev.stagecraft.content-key\":\"\($0)\"" } ?? ""
          return .init([
            "{\"Id\":\"sha256:1\",\"RepoTags\":[\(names)],\"RepoDigests\":[\(digests)],"
              + "\"Config\":{\"Labels\":{\(labels)}}}"
          ])
        case ["image", "push"]:
          state.remote = "sha256:aa"
          state.pushed = ["r.example/web@sha256:aa"]
          return .init()
        case ["image", "tag"]:
          state.names.append(words[3])
          return .init()
        case ["buildx", "build"]:
          for (flag, value) in zip(words, words.dropFirst()) {
            if flag == "--tag", !state.names.contains(value) { state.names.append(value) }
            if flag == "--label", value.hasPrefix("dev.stagecraft.content-key=") {
              state.label = String(value.dropFirst(27))
            }
          }
          return .init(["built"])
        case ["buildx", "imagetools"]:
          guard let remote = state.remote else { return .init(errors: ["no"], .exited(1)) }
          return .init(["Name: x", "Digest: \(remote)"])
        case ["build", "docker"]:
          state.names = [words[2]]
          return .init()
        default: return .init(errors: ["unexpected \(words)"], .exited(125))
        }
      }
    }
  }

  // A context of another name: the engine is reached by the program alone.
  private let environment = ["PATH": "/bin", "DOCKER_CONTEXT": "elsewhere", "ARG": "1"]

  private func graph(_ references: [String], push: Bool = true) throws -> Graph {
    var spec = ImageSpec()
    spec.context = "web"
    spec.dockerfile = "Dockerfile"
    var graph = Graph()
    let context = try graph.add(ImageContext(id: TaskID("context"), spec: spec))
    let images = try graph.add(EngineImages(id: TaskID("images"), references: references))
    let build = try graph.add(
      ImageBuild(
        id: TaskID("build"), project: "demo", service: "web", spec: spec, references: references,
        context: context, images: images, secretKey: []),
      after: [context.id, images.id])
    guard push, let reference = references.first else { return graph }
    let remote = try graph.add(RegistryDigest(id: TaskID("remote"), reference: reference))
    try graph.add(
      ImagePush(
        id: TaskID("push"), reference: reference, image: build, images: images, remote: remote),
      after: [build.id, images.id, remote.id])
    return graph
  }

  /// The programs that change something, without their arguments but the first two.
  private func changes(_ runner: RecordingRunner, since count: Int) -> [String] {
    runner.commands.dropFirst(count).map { $0.arguments.prefix(2).joined(separator: " ") }.filter {
      ["image push", "image tag", "buildx build", "build docker"].contains($0)
    }
  }

  @Test func `an image is built and pushed once, tagged anew, and pushed again where it is gone`()
    async throws
  {
    let engine = Engine()
    let runner = RecordingRunner { engine.answer($0) }
    try await TaskFixture.with(commands: runner) { fixture in
      try fixture.project.write("web/Dockerfile", "FROM scratch\n")
      let one = try graph(["r.example/web:1"])
      func run(_ graph: Graph) async -> ([String], TaskFixture.Run) {
        let before = runner.commands.count
        let run = await fixture.run(graph, environment: environment)
        return (changes(runner, since: before), run)
      }
      var (made, last) = await run(one)
      #expect(made == ["buildx build", "image push"], "\(last.outcomes)")
      #expect(last.result.report.isSuccess)
      (made, last) = await run(one)
      #expect(made == [])
      #expect(last.reason(of: "build") == .observed("the engine has it"))
      #expect(last.reason(of: "push") == .observed("the registry has it"))
      // Another name is a tag and no build; the first name is pushed already.
      (made, _) = await run(try graph(["r.example/web:1", "r.example/web:2"]))
      #expect(made == ["image tag"])
      (made, _) = await run(one)
      #expect(made == [])
      // Without the cache nothing is built, and without the registry's image it is pushed.
      try FileTree.remove(fixture.cache.root)
      engine.state.withLock { $0.remote = nil }
      (made, last) = await run(one)
      #expect(made == ["image push"])
      #expect(last.reason(of: "push") == .stateDiffers("the registry does not have it"))
      // Other content, and an image that somebody else built under that name.
      try fixture.project.write("web/Dockerfile", "FROM scratch\nLABEL a=b\n")
      (made, _) = await run(try graph(["r.example/web:1"], push: false))
      #expect(made == ["buildx build"])
      engine.state.withLock { $0.label = nil }
      (made, last) = await run(try graph(["r.example/web:1"], push: false))
      #expect(made == ["buildx build"])
      #expect(
        last.reason(of: "build")
          == .stateDiffers("the image of that name was built by something else"))
    }
  }

  @Test func `a build that does not reach the engine is a failure`() async throws {
    let runner = RecordingRunner { command in
      command.arguments.prefix(2) == ["image", "ls"] ? .init() : .init(["built elsewhere"])
    }
    try await TaskFixture.with(commands: runner) { fixture in
      try fixture.project.write("web/Dockerfile", "FROM scratch\n")
      let run = await fixture.run(try graph(["web:1"], push: false), environment: environment)
      #expect(run.error(of: "build")?.code == .unavailable("engine"))
      #expect(FileTree.names(in: fixture.state.temporary).isEmpty)
    }
  }

  @Test func `an encore backend is built where no receipt has the image`() async throws {
    let engine = Engine()
    let runner = RecordingRunner { engine.answer($0) }
    try await TaskFixture.with(commands: runner) { fixture in
      try fixture.project.write("api/encore.app", "{}")
      var spec = ImageSpec()
      spec.context = "api"
      spec.dockerfileIsAbsent = true
      var graph = Graph()
      let context = try graph.add(ImageContext(id: TaskID("context"), spec: spec))
      let images = try graph.add(EngineImages(id: TaskID("images"), references: ["api:1"]))
      try graph.add(
        EncoreBuild(
          id: TaskID("build"), workdir: "api", reference: "api:1", context: context, images: images),
        after: [context.id, images.id])
      let first = await fixture.run(graph, environment: environment)
      #expect(first.result.report.isSuccess, "\(first.outcomes)")
      let command = try #require(runner.commands.first { $0.program == "encore" })
      #expect(command.arguments == ["build", "docker", "api:1"])
      #expect(command.directory == fixture.project.path("api").description)
      #expect(command.environment["DISABLE_ENCORE_TELEMETRY"] == "1")
      let second = await fixture.run(graph, environment: environment)
      #expect(second.executed == [])
      // Without labels only the receipt tells what the image is.
      try fixture.project.remove(".stagecraft/ledger")
      #expect(await fixture.run(graph, environment: environment).executed == ["build"])
    }
  }

  @Test func `compose is asked once for the same files and variables`() async throws {
    let runner = RecordingRunner { _ in
      .init(["services:", "  web:", "    image: web", "    build:", "      context: ."])
    }
    try await TaskFixture.with(commands: runner) { fixture in
      try fixture.project.write("compose.yml", "services: {}\n")
      func run(_ variables: [String: String] = [:]) async throws -> [String] {
        var graph = Graph()
        try graph.add(
          ComposeConfig(
            project: "demo", files: ["compose.yml"], reads: ["compose.yml", "override.yml"],
            variables: ["TAG"], unkeyable: nil))
        return await fixture.run(
          graph, environment: environment.merging(variables) { _, new in new }
        ).executed
      }
      #expect(try await run() == ["compose/config"])
      #expect(try await run() == [])
      #expect(try await run(["ARG": "2"]) == [])
      #expect(try await run(["TAG": "2"]) == ["compose/config"])
      try fixture.project.write("override.yml", "")
      #expect(try await run(["TAG": "2"]) == ["compose/config"])
      #expect(runner.commands.last?.environment["TAG"] == "2")
      #expect(runner.commands.last?.environment["ARG"] == nil)
    }
  }
}
