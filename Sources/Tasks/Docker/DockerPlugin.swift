// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds the plugins of `docker` on this machine, and says it where one is missing. Runs nothing.

import TaskGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where the plugins of `docker` are.
enum DockerPlugin {
  /// The file of a plugin, links resolved; nil where none is found.
  ///
  /// In the order that `docker` looks.
  static func path(_ name: String, in context: TaskContext) throws(TaskError) -> String? {
    let home = context.environmentOfUser["HOME"] ?? "/"
    let own = context.variable("DOCKER_CONFIG") ?? home + "/.docker"
    let folders = [
      own + "/cli-plugins", "/usr/local/lib/docker/cli-plugins",
      "/usr/local/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins",
      "/usr/libexec/docker/cli-plugins", "/opt/homebrew/lib/docker/cli-plugins",
    ]
    for folder in folders {
      let path = folder + "/" + name
      // Digested, so that a link to another version is noticed.
      guard try context.file(path) != nil, let real = realpath(path, nil) else { continue }
      defer { free(real) }
      return String(cString: real)
    }
    return nil
  }

  /// The failure of a command of Compose: an error of its own where the plugin is not installed.
  static func explained(
    _ error: TaskError, _ command: Command, in context: TaskContext
  ) throws(TaskError) -> TaskError {
    guard case .exited = error.code, try path("docker-compose", in: context) == nil else {
      return error
    }
    return TaskError(
      .programMissing("docker compose"), "the compose plugin of `docker` is not installed",
      hint:
        "install it (Debian: `docker-compose-plugin` or `docker-compose`), or run scripts/setup",
      command: command.displayed)
  }
}
