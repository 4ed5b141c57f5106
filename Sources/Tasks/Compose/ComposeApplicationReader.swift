// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads the JSON of `docker compose config` into one form for all versions of Compose and all
// checkouts: what says nothing is left out, and files of the project are named from its root.

import TaskGraph
import YAML

/// Reads a whole application.
struct ComposeApplicationReader {
  /// The project's root, absolute, without a slash at its end.
  let root: String
  /// The name of the Compose project.
  let project: String
  /// Whether ports that have none on the host are left out.
  var hidesPorts = false

  /// Reads the JSON that Compose printed.
  func read(_ json: String, secretKey: [UInt8]) throws(TaskError) -> ComposeApplication {
    let node: Node?
    do throws(YAMLError) {
      node = try YAMLReader.parse(Self.readable(json))
    } catch {
      // Without the place: an excerpt could show a secret.
      throw TaskError(
        .unexpectedAnswer("docker compose"),
        "`docker compose config --format json` printed something that is not JSON")
    }
    var document = node.map(plain) ?? .mapping([])
    for kind in ["secrets", "configs"] {
      document[kind] = document[kind].map { each($0) { below($0, ["file"]) } }
    }
    document["volumes"] = document["volumes"].map { volumes in
      each(volumes) { volume in
        var volume = volume
        volume["driver_opts"] = volume["driver_opts"].map { below($0, ["device"]) }
        return volume
      }
    }
    document["services"] = document["services"].map { each($0, service) }
    return ComposeApplication(
      project: project, document: canonical(document, key: "").sortingKeys(),
      model: ComposeModelReader(root: root).read(node), secretKey: secretKey)
  }

  /// The same JSON without the characters that a reader of YAML refuses or takes for line breaks.
  ///
  /// They stand in texts only, where JSON can write them as escapes.
  static func readable(_ json: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      switch scalar.value {
      case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
        let digits = String(scalar.value, radix: 16)
        bytes.append(contentsOf: "\\u".utf8)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
        bytes.append(contentsOf: digits.utf8)
      default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return bytes
  }

  /// A node as a value, with texts and keys as they are meant.
  private func plain(_ node: Node) -> YAMLValue {
    switch node.value {
    case .mapping(let mapping):
      return .mapping(mapping.entries.map { (ComposeText.undoubled($0.key), plain($0.value)) })
    case .sequence(let nodes): return .sequence(nodes.map(plain))
    case .scalar:
      let value = YAMLValue(node)
      return value.text.map { .string(ComposeText.undoubled($0)) } ?? value
    }
  }

  private func each(_ map: YAMLValue, _ change: (YAMLValue) -> YAMLValue) -> YAMLValue {
    .mapping(map.entries.map { ($0.key, change($0.value)) })
  }

  private func service(_ section: YAMLValue) -> YAMLValue {
    var section = section.removing(Self.dropped)
    if let mounts = section["volumes"] {
      section["volumes"] = .sequence(
        mounts.elements.map { $0["type"]?.text == "bind" ? below($0, ["source"]) : $0 })
    }
    if let hosts = section["extra_hosts"] {
      // Compose keeps them in a table of no order.
      section["extra_hosts"] = .sequence(
        hosts.elements.compactMap(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
          .map { .string($0) })
    }
    if hidesPorts, let ports = section["ports"] {
      section["ports"] = .sequence(
        ports.elements.filter { $0["published"]?.text?.isEmpty == false })
    }
    return section
  }

  /// What does not concern a host: how the image is made, what was merged in, what others decide.
  private static let dropped: Set<String> = [
    "build", "pull_policy", "profiles", "develop", "env_file", "label_file", "extends",
  ]

  /// Names files of the project from its root.
  private func below(_ section: YAMLValue, _ keys: [String]) -> YAMLValue {
    var section = section
    for key in keys {
      guard let path = section[key]?.text else { continue }
      if path == root { section[key] = "./" }
      if path.hasPrefix(root + "/") {
        section[key] = .string("./" + path.dropFirst(root.utf8.count + 1))
      }
    }
    return section
  }

  /// Leaves out what says nothing, so that versions of Compose that print it and those that do not
  /// give the same bytes.
  private func canonical(_ value: YAMLValue, key: String) -> YAMLValue {
    switch value {
    case .mapping(let entries):
      var kept: [(key: String, value: YAMLValue)] = []
      for entry in entries where !entry.key.hasPrefix("x-") || Self.named.contains(key) {
        let child = canonical(entry.value, key: entry.key)
        if !child.isVoid || Self.named.contains(key) || Self.isMeant(entry.key, child) {
          kept.append((entry.key, child))
        }
      }
      return .mapping(kept)
    case .sequence(let elements):
      return .sequence(elements.map { canonical($0, key: "") })
    default: return value
    }
  }

  /// Mappings whose keys are names that somebody chose: such a name counts without a value, too.
  private static let named: Set<String> = [
    "services", "networks", "volumes", "secrets", "configs", "environment", "labels", "options",
    "driver_opts", "depends_on", "sysctls", "annotations", "storage_opt", "ulimits",
  ]

  /// An empty list that differs from none: it takes back what the image says.
  private static func isMeant(_ key: String, _ value: YAMLValue) -> Bool {
    guard case .sequence = value else { return false }
    return key == "command" || key == "entrypoint"
  }
}
