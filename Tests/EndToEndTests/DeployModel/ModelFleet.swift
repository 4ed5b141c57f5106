// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project of the model on two hosts over ssh, whose connections are cut and whose engines and power go
// away while it is deployed. The next deploy converges; the oracle is that of one host, host by host.

import Foundation
import TestSupport
import Testing

/// A project on hosts that fail.
final class ModelFleet {
  /// What happens in mid-run.
  enum Harm: String, CaseIterable {
    case nothing, kill, term
    /// The operator's shared connection ends.
    case cut
    /// The host hears and says nothing for a while.
    case partition
    /// The engine dies and comes back.
    case engine
    case power
  }

  private let sandbox: Sandbox
  private let deployed: Deployed
  private let hosts: [String]
  private var random: SeededGenerator
  private let project: String
  private var wanted = ModelApplication()
  /// What may run on every host.
  private var beliefs: [String: ModelBelief] = [:]
  /// What was done, for the message of a failure.
  private(set) var script: [String] = []

  init(seed: UInt64, on hosts: [String]) throws {
    self.hosts = hosts
    random = SeededGenerator(seed: seed)
    sandbox = try Sandbox()
    deployed = Deployed(sandbox, on: hosts)
    project = sandbox.name + "-dev"
    for _ in 0..<2 { edit(.add) }
    try deploy(.nothing, on: hosts[0])
  }

  /// Some edits, a deploy that harm meets, and one that brings it to its end.
  func step(_ chosen: Harm? = nil) throws -> Harm {
    for _ in 0..<1 + random.number(below: 2) {
      edit(
        random.pick([.change, .change, .change, .sick, .add, .replicas, .strategy, .volume])
          ?? .change)
    }
    edit(.change)
    let harm = chosen ?? random.pick(Harm.allCases) ?? .nothing
    try deploy(harm, on: random.pick(hosts) ?? hosts[0])
    wanted.mend()
    try deploy(.nothing, on: hosts[0])
    return harm
  }

  private func edit(_ kind: ModelAct.Kind) {
    let act = ModelAct(kind, random.number(below: 1000), random.number(below: 1000))
    script.append("\(act)")
    wanted.edit(act)
  }

  private func fail(_ rule: String, _ text: String) -> ModelEpisode.Contradiction {
    .init(rule: rule, description: "[\(rule)] \(text)\n\(script.joined(separator: "\n"))")
  }

  // MARK: A run

  private func deploy(_ harm: Harm, on host: String) throws {
    try sandbox.write("compose.yaml", wanted.compose)
    let place = "    driver: ssh\n    hosts: { all: [\(hosts.joined(separator: ", "))] }\n"
    try sandbox.write("stagecraft.yml", wanted.settings(of: sandbox.name, environment: place))
    let watchers = try hosts.map {
      ServiceWatcher(project: project, engine: try engine(of: $0))
    }
    defer { for watcher in watchers { watcher.stop() } }
    for watcher in watchers { watcher.begin() }
    let before = try look()
    let moment = Double(500 + random.number(below: 7000)) / 1000
    script.append("\(wanted.services)\ndeploy, \(harm) on \(host) after \(moment) s")
    let program = try sandbox.start(
      ["deploy", "--env", "dev", "--yes", "--new-volumes"],
      adding: ["XDG_RUNTIME_DIR": sandbox.directory + "/tmp"])
    if harm != .nothing { Thread.sleep(forTimeInterval: moment) }
    try strike(harm, host, program)
    let ended = program.wait(seconds: 300)
    if harm == .partition { try Stack.script("heal", host).ends(0) }
    if harm == .power { try Stack.script("boot", host).ends(0) }
    script.append("exit \(ended.status)")
    var request = ModelRequest(target: wanted.services)
    request.signal = harm == .kill ? SIGKILL : harm == .term ? SIGTERM : nil
    var statuses = request.statuses(hasSpoken: !ended.err.isEmpty)
    if [.cut, .partition, .engine, .power].contains(harm) { statuses.formUnion([2, 10]) }
    guard statuses.contains(ended.status) else {
      throw fail("exit", "\(ended.status) is none of \(statuses.sorted())\n\(ended)")
    }
    try judge(request, harm, ended, before)
    if harm != .power, harm != .engine {
      for (host, watcher) in zip(hosts, watchers) { try checkGaps(watcher, host, request, ended) }
    }
    beliefs = request.after(beliefs, status: ended.status)
  }

  private func strike(_ harm: Harm, _ host: String, _ program: RunningProgram) throws {
    switch harm {
    case .nothing: return
    case .kill: program.send(SIGKILL)
    case .term: program.send(SIGTERM)
    case .cut:
      for id in try masters() { kill(id, SIGKILL) }
    case .partition:
      try Stack.script("partition", host).ends(0)
      Thread.sleep(forTimeInterval: Double(random.number(below: 25)))
      try Stack.script("heal", host).ends(0)
    case .engine: _ = try Stack.shell(host, "kill -9 $(cat /run/engine.pid)")
    case .power: try Stack.script("kill", host).ends(0)
    }
  }

  /// The processes that hold this project's shared connections: named after their sockets.
  private func masters() throws -> [pid_t] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.filter {
      let name = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
      let text = String(decoding: name, as: UTF8.self)
      return text.hasPrefix("ssh") && text.contains(sandbox.directory)
    }
  }

  // MARK: The oracle

  /// The engine of a host; it lies in that host's own files.
  private func engine(of host: String) throws -> EngineSocket {
    let state = ProcessInfo.processInfo.environment["STAGECRAFT_STACK_STATE"] ?? ""
    let text = try String(contentsOfFile: "\(state)/hosts/\(host)/process", encoding: .utf8)
    return EngineSocket(path: "/proc/\(text.prefix { $0.isNumber })/root/run/docker.sock")
  }

  private func look() throws -> [String: [SeenContainer]] {
    var seen: [String: [SeenContainer]] = [:]
    for host in hosts {
      let deadline = ContinuousClock.now + .seconds(60)
      while seen[host] == nil {
        do { seen[host] = try SeenContainer.all(of: project, in: try engine(of: host)) } catch {
          if ContinuousClock.now > deadline { throw error }
          Thread.sleep(forTimeInterval: 0.2)
        }
      }
    }
    return seen
  }

  private func judge(
    _ request: ModelRequest, _ harm: Harm, _ ended: Ended, _ before: [String: [SeenContainer]]
  ) throws {
    let now = request.after(beliefs, status: ended.status)
    func state(_ host: String, _ seen: [SeenContainer]) -> String {
      let lines = (before[host] ?? []).map { "before: \($0)" } + seen.map { "now: \($0)" }
      return "\(host)\n\(lines.joined(separator: "\n"))\n\(ended)"
    }
    // What was healthy comes back by itself, unless the host itself was harmed.
    let deadline = ContinuousClock.now + .seconds(harm == .nothing ? 0 : 60)
    for host in hosts {
      var seen = try look()[host] ?? []
      if ended.status == 0 {
        for (name, belief) in now {
          guard let service = belief.certain else { continue }
          let own = seen.filter { $0.service == name }
          if let fault = service.fault(of: own, among: seen) {
            throw fail(
              "version", "`\(name)` should be \(service): \(fault) on \(state(host, seen))")
          }
        }
        continue
      }
      for container in seen where container.isHealthy {
        let may = now[container.service]?.may ?? []
        if !may.contains(where: { $0.fault(of: container) == nil }) {
          throw fail("version", "\(container), which may be \(may), on \(state(host, seen))")
        }
      }
      if harm == .engine || harm == .power { continue }
      let served = Set((before[host] ?? []).filter(\.isHealthy).map(\.service))
      let kept = served.filter { now[$0].map { !$0.mayBeAbsent } ?? false }
      while true {
        let missing = kept.subtracting(seen.filter(\.isHealthy).map(\.service))
        if missing.isEmpty { break }
        if ContinuousClock.now > deadline {
          throw fail("down", "\(missing.sorted()) stayed down on \(state(host, seen))")
        }
        Thread.sleep(forTimeInterval: 0.3)
        seen = try look()[host] ?? []
      }
    }
  }

  private func checkGaps(
    _ watcher: ServiceWatcher, _ host: String, _ request: ModelRequest, _ ended: Ended
  ) throws {
    for (name, gap) in watcher.gaps() {
      let shapes = [request.target[name]].compactMap { $0 } + (beliefs[name]?.may ?? [])
      guard request.target[name] != nil, !shapes.contains(where: \.isReplacedInPlace), gap > .zero
      else { continue }
      throw fail("gap", "`\(name)` was without a healthy container on \(host) for \(gap)\n\(ended)")
    }
  }
}
