// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Writes the text of a first stagecraft.yml, with comments that say what can be added. A pure function
// of names.

import Planning

/// The text of a first project file.
struct ProjectTemplate: Sendable, Hashable {
  let name: String
  let environments: [String]
  let compose: ComposeOverview?
  /// The project under which Compose has something of it already.
  var running: String?

  /// The file's text.
  var text: String {
    var text = """
      \(EditorSchema.line)
      # What stagecraft knows of this project. `stagecraft plan` shows what follows from it.
      project:
        name: \(name)
        # registry: registry.example.com/team   # where `stagecraft build --push` pushes

      """
    text += composeText
    text +=
      "\n# Chosen with --env; env_file holds the variables of one environment.\nenvironments:\n"
    for environment in environments {
      text += "  \(environment):\n    driver: local\n"
      if let files = composeFiles(of: environment) { text += "    compose: \(files)\n" }
      if let running, environment == environments.first {
        text +=
          "    # Compose has it already under this name: its data and what runs are taken over.\n"
        text += "    compose_project: \(running)\n"
      }
      text += "    # env_file: .env.\(environment)\n"
    }
    for environment in (compose?.variants.keys.sorted() ?? [])
    where !environments.contains(environment) {
      guard let files = composeFiles(of: environment) else { continue }
      text += "  # \(environment):\n  #   driver: ssh\n  #   hosts: { app: [\(environment)-1] }\n"
      text += "  #   compose: \(files)\n"
    }
    text += """

      # Work of your own: runs when its inputs or its command change, and not otherwise.
      # tasks:
      #   assets:
      #     run: ["npm", "run", "build"]   # a program and its arguments; a text is run by sh -c
      #     dir: web
      #     inputs: ["src/**", "package.json"]
      #     outputs: ["dist/**"]

      """
    guard let service = compose?.built.first else { return text }
    return text + """

      # What the image of a service waits for.
      # services:
      #   \(service): { needs: [assets] }

      """
  }

  /// The list of Compose files of an environment that has one of its own; nil for others.
  private func composeFiles(of environment: String) -> String? {
    guard let compose, let own = compose.variants[environment] else { return nil }
    return "[\(compose.file), \(own)]"
  }

  private var composeText: String {
    guard let compose else {
      return "\n# compose: docker-compose.yml   # the Compose file with the services to build\n"
    }
    var text = "\n# Services stand in the Compose file; stagecraft builds those with `build:`"
    text += compose.built.isEmpty ? ".\n" : ":\n# \(compose.built.joined(separator: ", ")).\n"
    // Naming the file would switch off the override file beside it, as it does in Compose.
    return text + "# compose: \(compose.file)\n"
  }

  /// The project name that Compose makes of a folder's name, so that both give images one name.
  static func name(from text: String) -> String {
    String((TargetNames.composeProject(ofFolder: text) ?? "app").prefix(63))
  }

  /// Whether a text can be the name of a project: what Compose and image names accept.
  static func isProjectName(_ text: String) -> Bool {
    isName(text) && !text.utf8.contains { $0 == 0x2E || (0x41...0x5A).contains($0) }
  }

  /// Whether a text can be the name of an environment.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 63 else {
      return false
    }
    return text.utf8.allSatisfy { isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}
