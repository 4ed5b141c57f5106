// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where the engine is that `docker` would talk to, as far as that can be told without asking it.

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
    let name = DockerConfiguration.read(in: context)?.currentContext
    // Of a context with another name `docker` knows the engine.
    socket = name == nil || name == "" || name == "default" ? standard : nil
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
