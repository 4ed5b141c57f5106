// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the user's configuration of Docker says: which context counts, and who they are to registries.
// Reads one file; runs a credential helper where the file names one.

import Cache
import FoundationEssentials
import SystemPackage
import TaskGraph

/// The file `config.json` of Docker.
struct DockerConfiguration: Decodable {
  private struct Login: Decodable {
    let auth: String?
    let identitytoken: String?
  }

  /// The context that the user chose; nil for none.
  let currentContext: String?
  private let auths: [String: Login]?
  private let credHelpers: [String: String]?
  private let credsStore: String?

  /// Reads it; nil where there is none or it cannot be used, of which `docker` complains when it runs.
  static func read(in context: TaskContext) -> DockerConfiguration? {
    let home = context.environmentOfUser["HOME"] ?? "/"
    let directory = context.noted(["DOCKER_CONFIG"])["DOCKER_CONFIG"] ?? home + "/.docker"
    let file = directory + "/config.json"
    do {
      // Digested and not just looked at, so that the next run can tell that it is the same.
      guard try context.file(file) != nil, let bytes = try FileSystem.read(FilePath(file)) else {
        return nil
      }
      return try JSONDecoder().decode(DockerConfiguration.self, from: Data(bytes))
    } catch {
      return nil
    }
  }

  /// The header `X-Registry-Auth` for a registry, as an engine takes it; nil for nobody in particular.
  func authorization(for registry: String, in context: TaskContext) async -> String? {
    let server = registry == "docker.io" ? "https://index.docker.io/v1/" : registry
    if let helper = credHelpers?[registry] ?? credsStore, !helper.isEmpty {
      return await authorization(from: "docker-credential-\(helper)", server, in: context)
    }
    let login = auths?.first { Self.host(of: $0.key) == Self.host(of: server) }?.value
    if let token = login?.identitytoken, !token.isEmpty {
      return Self.header(["identitytoken": token, "serveraddress": server])
    }
    guard let data = login?.auth.flatMap({ Data(base64Encoded: $0) }) else { return nil }
    let parts = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    return Self.header([
      "username": String(parts[0]), "password": String(parts[1]), "serveraddress": server,
    ])
  }

  private struct Credentials: Decodable {
    let Username: String
    let Secret: String
  }

  private func authorization(
    from helper: String, _ server: String, in context: TaskContext
  ) async -> String? {
    // Helpers read what they need from anywhere in the user's environment.
    let command = Command(
      helper, ["get"], directory: context.root.string, environment: context.environmentOfUser,
      input: Array(server.utf8)
    ).looking
    do {
      let answer = try await context.capture(command, isQuiet: true)
      let found = try JSONDecoder().decode(Credentials.self, from: Data(answer.utf8))
      return found.Username == "<token>"
        ? Self.header(["identitytoken": found.Secret, "serveraddress": server])
        : Self.header([
          "username": found.Username, "password": found.Secret, "serveraddress": server,
        ])
    } catch {
      // Nothing is kept for that registry, as for all that are open to anybody.
      return nil
    }
  }

  private static func host(of server: String) -> Substring {
    var rest = server[...]
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
      rest = rest.dropFirst(scheme.utf8.count)
    }
    return rest.prefix { $0 != "/" }
  }

  private static func header(_ fields: [String: String]) -> String? {
    guard let json = try? JSONEncoder().encode(fields) else { return nil }
    return String(
      json.base64EncodedString().map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
  }
}
