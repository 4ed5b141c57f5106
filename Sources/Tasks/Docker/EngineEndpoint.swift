// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the engine is that `docker` would talk to, as far as that can be told without asking it.

import Cache
import FoundationEssentials
import SystemPackage
import TaskGraph

/// The engine that the user's environment and docker context name.
struct EngineEndpoint {
  /// The path of its socket; nil where it is elsewhere, and only the `docker` program knows how to
  /// get there.
  let socket: String?

  /// Looks at DOCKER_HOST, DOCKER_CONTEXT and the Docker configuration, in the order that `docker` does.
  init(in context: TaskContext) {
    let environment = context.noted(["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"])
    let standard = "/var/run/docker.sock"
    if let host = environment["DOCKER_HOST"], !host.isEmpty {
      socket = Self.path(of: host)
      return
    }
    if let name = environment["DOCKER_CONTEXT"], !name.isEmpty {
      socket = name == "default" ? standard : nil
      return
    }
    let home = context.environmentOfUser["HOME"] ?? "/"
    let directory = environment["DOCKER_CONFIG"] ?? home + "/.docker"
    let file = directory + "/config.json"
    let name = Self.currentContext(file, in: context)
    // Of a context with another name `docker` knows the engine.
    socket = name == nil || name == "" || name == "default" ? standard : nil
  }

  /// The context that the user chose; nil for none.
  private static func currentContext(_ file: String, in context: TaskContext) -> String? {
    do {
      // Digested and not just looked at, so that the next run can tell that it is the same.
      guard try context.file(file) != nil, let bytes = try FileSystem.read(FilePath(file)) else {
        return nil
      }
      return try JSONDecoder().decode(Configuration.self, from: Data(bytes)).currentContext
    } catch {
      // A file that cannot be used says nothing; `docker` complains of it when it runs.
      return nil
    }
  }

  private struct Configuration: Decodable {
    let currentContext: String?
  }

  private static func path(of host: String) -> String? {
    host.hasPrefix("unix://") ? String(host.dropFirst(7)) : nil
  }
}

extension TaskContext {
  /// The values of `names` in the user's environment, each noted as read.
  package func noted(_ names: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for name in names { values[name] = variable(name) }
    return values
  }
}
