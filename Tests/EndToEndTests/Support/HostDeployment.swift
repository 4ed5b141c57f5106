// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One project on one real host, brought there by the effects on hosts alone: what the host is to run is
// written by hand, so that nothing of planning or rendering takes part. Removes what it made.

import Cache
import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

/// Gives a value that a test made.
struct GivenHost: ObserveTask {
  static let kind = "given-host"
  static let revision = 1

  let id: TaskID
  let value: DesiredHost
  var request: [UInt8] { [] }

  func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

  func run(in context: TaskContext) async throws(TaskError) -> DesiredHost { value }
}

/// Gives an image that a test built.
struct GivenImage: ObserveTask {
  static let kind = "given-image"
  static let revision = 1

  let id: TaskID
  let value: BuiltImage
  var request: [UInt8] { [] }

  func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

  func run(in context: TaskContext) async throws(TaskError) -> BuiltImage { value }
}

/// One project on one host.
final class HostDeployment: Sendable {
  /// A service as a test wants it.
  struct Service {
    var name: String
    var image: String
    var environment: [String: String] = [:]
    /// Further lines of the service in the Compose file.
    var lines: [String] = []
    var released: ReleasedService

    /// A service that runs a version of the server for tests.
    init(_ name: String = "web", version: Int = 1) {
      self.name = name
      image = "\(HostDeployment.registry)/test-web:\(version)"
      released = ReleasedService(name: name, image: image)
      released.healthSeconds = 20
      released.settleSeconds = 1
      released.graceSeconds = 5
    }

    func with(_ change: (inout Service) -> Void) -> Service {
      var service = self
      change(&service)
      return service
    }
  }

  /// A container as the host's engine has it.
  struct Container: Hashable {
    let id: String
    let name: String
    let state: String
    let image: String
  }

  static let environment = ProcessInfo.processInfo.environment
  static let registry = environment["STAGECRAFT_STACK_REGISTRY"] ?? "127.0.0.1:5060"
  /// Whether tests of hosts are run: where there are some, and where there must be some.
  static let isWanted =
    environment["STAGECRAFT_STACK_SSH_CONFIG"] != nil
    || environment["STAGECRAFT_REQUIRE_STACK"] == "1"

  let host: Tasks.Host
  var project: String { host.composeProject }

  /// A project of its own on a host.
  init(on name: String = "h1") {
    let id = UUID().uuidString.prefix(8).lowercased()
    host = Tasks.Host(
      name: name, reach: .ssh, directory: "/var/lib/stagecraft/effects-\(id)/test",
      composeProject: "effects-\(id)")
  }

  deinit {
    let label = "label=com.docker.compose.project=\(project)"
    let script = """
      ids=$(docker ps -aq --filter \(label)); [ -z "$ids" ] || docker rm -fv $ids
      ids=$(docker network ls -q --filter \(label)); [ -z "$ids" ] || docker network rm $ids
      ids=$(docker volume ls -q --filter \(label)); [ -z "$ids" ] || docker volume rm $ids
      rm -rf \(host.directory) || :; rmdir \(host.directory.dropLast("/test".count)) || :
      """
    _ = try? ssh(script)
  }

  // MARK: The host

  /// Runs a script on the host.
  @discardableResult
  func ssh(_ script: String) throws -> Ended {
    try RunningProgram(["ssh", host.name, script], in: "/", environment: Self.environment).wait()
  }

  /// The containers of the project, sorted by name.
  func containers(of service: String? = nil) throws -> [Container] {
    let filter = service.map { " --filter label=com.docker.compose.service=\($0)" } ?? ""
    let ended = try ssh(
      "docker ps -a --no-trunc --filter label=com.docker.compose.project=\(project)\(filter) "
        + "--format '{{.ID}} {{.Names}} {{.State}} {{.Image}}'"
    ).ends(0)
    return ended.out.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return Container(id: words[0], name: words[1], state: words[2], image: words[3])
    }.sorted { $0.name < $1.name }
  }

  // MARK: Deploying

  /// What the host is to run.
  static func desired(_ services: [Service], files: [ReleasedFile] = []) -> DesiredHost {
    var compose = "services:\n"
    var variables = ""
    var specs: [String: String] = [:]
    for service in services {
      let upper = service.name.uppercased()
      var part = "  \(service.name):\n    image: \"\(service.image)\"\n"
      var values = ""
      if !service.environment.isEmpty { part += "    environment:\n" }
      for (key, value) in service.environment.sorted(by: { $0.key < $1.key }) {
        part += "      \(key): \"${SC_\(upper)_\(key)?use ../../compose}\"\n"
        values +=
          "SC_\(upper)_\(key)='" + value.replacing("'", with: "'\\''") + "'\n"
      }
      part += service.lines.map { "    \($0)\n" }.joined()
      // How many there are is no part of what each is.
      let spec = Digest.of(part + values).hex
      part +=
        "    labels:\n      dev.stagecraft.spec: \"${SC_SPEC_\(upper)?use ../../compose}\"\n"
      specs[service.name] = spec
      compose += part
      variables += values + "SC_SPEC_\(upper)='\(spec)'\n"
    }
    if compose.contains("data:/") { compose += "volumes:\n  data: {}\n" }
    let released = services.map { service in
      var released = service.released
      released.image = service.image
      return released
    }
    let digest = Digest.of(compose + variables + released.map(\.json).joined()).hex
    return DesiredHost(
      services: released, compose: compose, files: files, environment: Array(variables.utf8),
      specs: specs, digest: digest, key: Array("key".utf8))
  }

  /// Deploys by the tasks that a deploy has, as one run; `until` leaves out those after a step.
  @discardableResult
  func deploy(
    _ services: [Service], release: String, files: [String: String] = [:],
    mounted: [ReleasedFile] = [], keep: Int = 5, until last: String? = nil,
    inOrder: Bool = true
  ) async throws -> TaskFixture.Run {
    let lease = Lease(
      hosts: [host], owner: "test", token: UUID().uuidString, wait: nil,
      named: ReleaseName(time: ReleaseTime(nanoseconds: 0), id: release))
    let graph = try Self.graph(
      Self.desired(services, files: mounted), host, lease, keep: keep, until: last,
      inOrder: inOrder)
    let run = try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
      for (name, text) in files { try fixture.project.write(name, text) }
      return await fixture.run(graph, environment: Self.environment)
    }
    _ = await lease.release()
    return run
  }

  private static func graph(
    _ desired: DesiredHost, _ host: Tasks.Host, _ lease: Lease, keep: Int, until last: String?,
    inOrder: Bool
  ) throws -> Graph {
    var graph = Graph()
    let facts = try graph.add(HostFactsTask(id: TaskID("facts"), host: host))
    let given = try graph.add(GivenHost(id: TaskID("desired"), value: desired))
    let site = HostSite(host: host, desired: given, facts: facts, lease: lease)
    let upload = try graph.add(
      HostUpload(id: TaskID("upload"), site: site, record: { _ in "{}" }),
      after: [facts.id, given.id])
    let base = [facts.id, given.id, upload.id]
    var steps: [TaskID] = []
    for service in desired.services {
      let name = service.name
      func id(_ step: String) -> TaskID { TaskID("\(name)/\(step)") }
      let pull = try graph.add(
        ImagePull(id: id("pull"), site: site, service: name), after: [facts.id, given.id])
      var done = base + [pull.id] + (inOrder ? steps : [])
      switch service.strategy {
      case .rolling, .recreate:
        if service.strategy == .rolling {
          done.append(
            try graph.add(
              ServiceStart(id: id("start"), site: site, service: name, upload: upload),
              after: done
            ).id)
        } else {
          done.append(
            try graph.add(
              ServiceReplace(id: id("replace"), site: site, service: name, upload: upload),
              after: done
            ).id)
        }
        if last == "start" { break }
        done.append(
          try graph.add(
            ServiceHealth(id: id("healthy"), site: site, service: name, upload: upload),
            after: done
          ).id)
        if last == "healthy" || service.strategy == .recreate { break }
        done.append(
          try graph.add(
            ServiceRetire(id: id("retire"), site: site, service: name, upload: upload),
            after: done
          ).id)
      case .job:
        done.append(
          try graph.add(
            ServiceJob(id: id("job"), site: site, service: name, upload: upload), after: done
          ).id)
      case .dockerRollout:
        done.append(
          try graph.add(
            DockerRollout(
              id: id("docker-rollout"), site: site, service: name, upload: upload), after: done
          ).id)
      }
      steps += done.dropFirst(base.count)
    }
    if last != nil { return graph }
    let orphans = try graph.add(
      OrphanRemoval(id: TaskID("orphans"), site: site, upload: upload), after: base + steps)
    let receipt = try graph.add(
      HostReceiptTask(
        id: TaskID("receipt"), site: site, upload: upload,
        deployed: Set(desired.services.map(\.name))),
      after: base + steps + [orphans.id])
    try graph.add(
      HostPrune(id: TaskID("prune"), site: site, upload: upload, keep: keep),
      after: base + [receipt.id])
    return graph
  }
}
