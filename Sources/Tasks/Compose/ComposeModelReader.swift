// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads what `docker compose config` prints. Knows the canonical form only: short forms, variables
// and includes are gone from it.

import TaskGraph
import YAML

/// Reads the canonical form of a Compose application.
struct ComposeModelReader {
  /// The project's root, absolute, without a slash at its end.
  let root: String

  /// Reads the text that Compose printed.
  func read(_ printed: String) throws(TaskError) -> ComposeModel {
    do throws(YAMLError) {
      return read(try YAMLReader.parse(Array(printed.utf8)))
    } catch {
      throw TaskError(
        .unexpectedAnswer("docker compose"),
        "`docker compose config` printed something that is not YAML: \(error.message)")
    }
  }

  /// Reads what Compose printed.
  func read(_ document: Node?) -> ComposeModel {
    let secrets = document?["secrets"]?.mapping
    var services: [ComposeService] = []
    var lenders: [String: [String]] = [:]
    var unsupported: [String] = []
    for entry in document?["services"]?.mapping?.entries ?? [] {
      var build: ImageSpec?
      if let section = entry.value["build"]?.mapping {
        build = spec(section, secrets)
        unsupported += section.keys.filter { !Self.known.contains($0) }
          .map { "\(entry.key).\($0)" }
      }
      var service = ComposeService(
        name: entry.key, image: entry.value["image"].map(text), build: build)
      let reader = ComposeServiceReader(root: root)
      reader.read(entry.value, into: &service)
      lenders[entry.key] = reader.lenders(entry.value).filter { !$0.isReadOnly }.map(\.name)
      services.append(service)
    }
    return ComposeModel(
      services: ComposeTies(services, lenders: lenders).services, unsupported: unsupported)
  }

  private static let known: Set<String> = [
    "context", "dockerfile", "dockerfile_inline", "args", "target", "platforms", "labels",
    "additional_contexts", "secrets", "ssh", "extra_hosts", "cache_from", "cache_to", "tags",
    "network", "shm_size", "pull", "no_cache",
  ]

  private func spec(_ section: Mapping, _ secrets: Mapping?) -> ImageSpec {
    var spec = ImageSpec()
    spec.context = section["context"].map { relative(text($0)) } ?? "."
    spec.dockerfile = section["dockerfile"].map { relative(text($0)) }
    spec.inlineDockerfile = section["dockerfile_inline"].map(text)
    spec.arguments = pairs(section["args"])
    spec.target = section["target"].map(text)
    spec.platforms = texts(section["platforms"])
    spec.labels = pairs(section["labels"])
    spec.additionalContexts = pairs(section["additional_contexts"]).map {
      ImageSpec.Pair($0.name, relative($0.value))
    }
    spec.secrets = (section["secrets"]?.sequence ?? []).compactMap { secret($0, secrets) }
    spec.ssh = texts(section["ssh"])
    spec.extraHosts = texts(section["extra_hosts"])
    spec.cacheFrom = texts(section["cache_from"])
    spec.cacheTo = texts(section["cache_to"])
    spec.tags = texts(section["tags"])
    spec.network = section["network"].map(text)
    spec.sharedMemory = section["shm_size"].map(text)
    spec.pulls = section["pull"]?.bool ?? false
    spec.isUncached = section["no_cache"]?.bool ?? false
    return spec
  }

  private func secret(_ node: Node, _ secrets: Mapping?) -> ImageSpec.Secret? {
    guard let source = node["source"].map(text) ?? node.string else { return nil }
    let name = node["target"].map(text) ?? source
    let definition = secrets?[source]
    if let file = definition?["file"] {
      return ImageSpec.Secret(name: name, source: .file(relative(text(file))))
    }
    if let variable = definition?["environment"] {
      return ImageSpec.Secret(name: name, source: .variable(text(variable)))
    }
    return nil
  }

  /// A scalar as text.
  ///
  /// Compose doubles every `$` that it prints, so that its output can be read again.
  private func text(_ node: Node) -> String {
    guard let text = node.string, !node.isNull else { return "" }
    return ComposeText.undoubled(text)
  }

  private func texts(_ node: Node?) -> [String] {
    guard let node, !node.isNull else { return [] }
    if let list = node.sequence { return list.map(text) }
    if let map = node.mapping { return map.entries.map { "\($0.key)=\(text($0.value))" } }
    return [text(node)]
  }

  private func pairs(_ node: Node?) -> [ImageSpec.Pair] {
    if let map = node?.mapping { return map.entries.map { ImageSpec.Pair($0.key, text($0.value)) } }
    return texts(node).map { item in
      guard let sign = item.firstIndex(of: "=") else { return ImageSpec.Pair(item, "") }
      return ImageSpec.Pair(String(item[..<sign]), String(item[item.index(after: sign)...]))
    }
  }

  /// The same path from the project's root, where it lies below it: so that no stored value depends
  /// on where a checkout is.
  private func relative(_ path: String) -> String {
    if path == root { return "." }
    if path.hasPrefix(root + "/") { return String(path.dropFirst(root.count + 1)) }
    return path
  }
}
