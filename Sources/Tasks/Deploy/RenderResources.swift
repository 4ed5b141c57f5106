// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The networks, volumes, secrets and configs that services of a host use, as the host is to have
// them. Pure.

import TaskGraph
import YAML

/// Makes the definitions beside the services.
struct RenderResources {
  /// The kinds of definitions, each a key of a Compose file.
  static let kinds = ["networks", "volumes", "secrets", "configs"]

  let host: Host
  let application: ComposeApplication
  let files: [String: RenderFiles.Placed]
  /// The user's variables.
  let variables: [String: String]

  /// The names of the definitions of one kind that a section of a service refers to.
  static func used(_ kind: String, by section: YAMLValue) -> Set<String> {
    switch kind {
    case "networks": return Set(section["networks"]?.keys ?? [])
    case "volumes":
      let mounts = (section["volumes"]?.elements ?? []).filter {
        $0["type"]?.text == "volume" || $0["type"]?.text == "cluster"
      }
      return Set(mounts.compactMap { $0["source"]?.text })
    default: return Set((section[kind]?.elements ?? []).compactMap { $0["source"]?.text })
    }
  }

  /// A definition with its values: `value` is what an environment variable gives a secret or config.
  struct Definition {
    var section: YAMLValue
    var value: String?
  }

  /// One definition; nil where the file has none of that name.
  func definition(_ kind: String, _ name: String) throws(TaskError) -> Definition? {
    guard var section = application.document[kind]?[name] else { return nil }
    // Compose makes the same name again, from the project of the host.
    if section["external"] == nil, section["name"]?.text == "\(application.project)_\(name)" {
      section["name"] = nil
    }
    if let path = section["driver_opts"]?["device"]?.text, path.hasPrefix("./") {
      throw TaskError(
        .input,
        "volume `\(name)` is the folder `\(path.dropFirst(2))` of the project, which is "
          + "not on host `\(host.name)`", hint: "let the services mount the folder itself")
    }
    if kind == "volumes" || kind == "networks" { return Definition(section: section) }
    if let path = section["file"]?.text, path.hasPrefix("./"),
      let placed = files[String(path.dropFirst(2))]
    {
      section["file"] = .string("\(host.directory)/\(placed.remotePath)")
    }
    guard let variable = section["environment"]?.text else { return Definition(section: section) }
    let noun = kind == "secrets" ? "secret" : "config"
    guard let value = variables[variable] else {
      throw TaskError(
        .input, "\(noun) `\(name)` needs the variable `\(variable)`, which is not set",
        hint: "set it in the environment or in the environment's `env_file`")
    }
    return Definition(section: section, value: value)
  }

  /// A definition as it stands in the Compose file: contents and values by reference.
  func written(
    _ kind: String, _ name: String, _ definition: Definition, _ secrets: inout RenderSecrets,
    _ variables: inout RenderVariables
  ) -> YAMLValue {
    var section = definition.section
    var references: [(key: String, text: String)] = []
    if let value = definition.value {
      let reference = variables.reference(["ENV", name], value)
      references.append(("environment", RenderVariables.name(reference)))
    }
    if let content = section["content"]?.text {
      references.append(("content", variables.reference(["CONFIG", name], content)))
    }
    // The path tells the digest of what is in the file.
    if kind == "secrets", let path = section["file"]?.text,
      path.hasPrefix(host.directory + "/files/")
    {
      references.append(("file", variables.reference(["FILE", name], path)))
    }
    section = secrets.written(section.removing(Set(references.map(\.key))), &variables)
    for reference in references { section[reference.key] = .string(reference.text) }
    return section
  }
}
