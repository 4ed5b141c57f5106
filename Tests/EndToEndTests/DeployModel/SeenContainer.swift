// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A container as the engine shows it, with what the model put into it. Knows nothing of what ought to be.

import Foundation

/// One container of a project of the model.
struct SeenContainer: Sendable, Hashable, CustomStringConvertible {
  let id: String
  let name: String
  let service: String
  /// The version that its service had in the Compose file.
  let version: Int
  let state: String
  let isHealthy: Bool
  /// Named volumes, without the prefix of the project.
  let volumes: Set<String>
  /// Networks, without the prefix of the project.
  let networks: Set<String>
  /// The container whose network it uses; nil where it has its own.
  let shares: String?

  var isRunning: Bool { state == "running" }

  var description: String {
    var words = ["\(service)=v\(version) \(name) \(id.prefix(6)) \(state)"]
    if isRunning { words.append(isHealthy ? "healthy" : "not healthy") }
    if !volumes.isEmpty { words.append("volumes \(volumes.sorted())") }
    if networks != ["default"] { words.append("networks \(networks.sorted())") }
    if let shares { words.append("in the network of \(shares.prefix(6))") }
    return words.joined(separator: " ")
  }

  /// All containers of a Compose project, stopped ones too.
  static func all(of project: String, in engine: EngineSocket) throws -> [SeenContainer] {
    let filters = try EngineSocket.query(["label": ["com.docker.compose.project=\(project)"]])
    let answer = try engine.get("/containers/json?all=1&filters=\(filters)")
    guard answer.status == 200 else {
      throw EngineSocket.Silence(description: String(decoding: answer.body, as: UTF8.self))
    }
    return try JSONDecoder().decode([Raw].self, from: answer.body).map {
      $0.seen(in: project)
    }.sorted { ($0.service, $0.name) < ($1.service, $1.name) }
  }

  private struct Raw: Decodable {
    struct Host: Decodable { let NetworkMode: String? }
    struct Network: Decodable {}
    struct Connections: Decodable { let Networks: [String: Network]? }
    struct Mount: Decodable {
      let `Type`: String
      let Name: String?
    }

    let Id: String
    let Names: [String]?
    let Labels: [String: String]?
    let State: String
    let Status: String
    let HostConfig: Host
    let NetworkSettings: Connections?
    let Mounts: [Mount]?

    func seen(in project: String) -> SeenContainer {
      func own(_ name: String) -> String {
        name.hasPrefix(project + "_") ? String(name.dropFirst(project.count + 1)) : name
      }
      let mode = HostConfig.NetworkMode ?? ""
      let mounts = (Mounts ?? []).filter { $0.Type == "volume" }
      return SeenContainer(
        id: Id, name: String((Names?.first ?? "/?").dropFirst()),
        service: Labels?["com.docker.compose.service"] ?? "?",
        version: Labels?["model.version"].flatMap { Int($0) } ?? -1, state: State,
        isHealthy: State == "running" && Status.contains("(healthy)"),
        volumes: Set(mounts.compactMap(\.Name).map(own)),
        networks: Set((NetworkSettings?.Networks ?? [:]).keys.map(own)),
        shares: mode.hasPrefix("container:") ? String(mode.dropFirst(10)) : nil)
    }
  }
}
