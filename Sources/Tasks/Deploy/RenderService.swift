// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one service of a host is, with all its values: the section of the Compose file as the host is
// to have it, before values are moved out of it. Pure.

import TaskGraph
import YAML

/// Makes one service's section.
struct RenderService {
  let host: Host
  let project: String
  let environment: String
  /// The services of the host.
  let local: Set<String>
  let application: ComposeApplication
  let addresses: [String: [String]]
  let files: [String: RenderFiles.Placed]

  /// The section of a service whose image is `image` where that is not the file's own.
  func section(_ service: ServiceRollout, image: String?) throws(TaskError) -> YAMLValue {
    guard let found = application.document["services"]?[service.name],
      let model = application.model.service(service.name)
    else {
      throw TaskError(
        .input, "the Compose file has no service `\(service.name)` any more",
        hint: "it was changed meanwhile: run this again")
    }
    try checkTies(service.name, found)
    var section = found
    if let image { section["image"] = .string(image) }
    guard section["image"] != nil else {
      throw TaskError(
        .input, "service `\(service.name)` has neither an image nor one that is built",
        hint: "give it `image:` or `build:` in the Compose file")
    }
    section["scale"] = nil
    var deploy = (section["deploy"] ?? .mapping([])).removing(["replicas"])
    let replicas = service.replicas ?? model.replicas
    if replicas != 1 { deploy["replicas"] = .int(replicas) }
    section["deploy"] = deploy.isVoid ? nil : deploy
    section["depends_on"] = section["depends_on"].flatMap { needs in
      let here = needs.entries.filter { local.contains($0.key) }
      return here.isEmpty ? nil : .mapping(here)
    }
    section["links"] = section["links"].flatMap { links in
      let here = links.elements.filter { local.contains(Self.head($0.text ?? "")) }
      return here.isEmpty ? nil : .sequence(here)
    }
    section["labels"] = labels(service.name, section["labels"])
    section["volumes"] = section["volumes"].map { .sequence($0.elements.map(mount)) }
    section["extra_hosts"] = hosts(service.name, model, section["extra_hosts"])
    return section
  }

  private static func head(_ text: String) -> String {
    String(text.prefix { $0 != ":" })
  }

  /// Services that are one with another must live where that one lives.
  private func checkTies(_ name: String, _ section: YAMLValue) throws(TaskError) {
    var others: [(key: String, service: String)] = []
    for key in ["network_mode", "pid", "ipc"] {
      guard let text = section[key]?.text, text.hasPrefix("service:") else { continue }
      others.append((key, String(text.dropFirst("service:".utf8.count))))
    }
    for element in section["volumes_from"]?.elements ?? [] {
      guard let text = element.text, !text.hasPrefix("container:") else { continue }
      others.append(("volumes_from", Self.head(text)))
    }
    for other in others where !local.contains(other.service) {
      throw TaskError(
        .input,
        "service `\(name)` shares `\(other.key)` with `\(other.service)`, which does not run on "
          + "host `\(host.name)`", hint: "give both services the same role")
    }
  }

  private func labels(_ name: String, _ written: YAMLValue?) -> YAMLValue {
    var labels = YAMLValue.mapping(
      (written?.entries ?? []).filter { !$0.key.hasPrefix("dev.stagecraft.") })
    labels["dev.stagecraft.project"] = .string(project)
    labels["dev.stagecraft.environment"] = .string(environment)
    labels["dev.stagecraft.service"] = .string(name)
    return labels
  }

  private func mount(_ mount: YAMLValue) -> YAMLValue {
    guard mount["type"]?.text == "bind", let source = mount["source"]?.text else { return mount }
    var mount = mount
    if source.hasPrefix("./"), let placed = files[String(source.dropFirst(2))] {
      mount["source"] = .string("\(host.directory)/\(placed.remotePath)")
    }
    // What we lay there is there: a missing one must not become an empty folder.
    if mount["source"]?.text?.hasPrefix(host.directory + "/files/") == true,
      var bind = mount["bind"]
    {
      bind["create_host_path"] = nil
      mount["bind"] = bind.isVoid ? nil : bind
    }
    return mount
  }

  /// Adds the addresses of services elsewhere that this one could reach if they were here.
  private func hosts(_ name: String, _ model: ComposeService, _ written: YAMLValue?) -> YAMLValue? {
    var hosts = (written?.elements ?? []).compactMap(\.text)
    let known = Set(hosts.map { String($0.prefix { $0 != "=" && $0 != ":" }) })
    if model.networkMode == nil || model.networkMode == "host" || model.networkMode == "bridge" {
      for (other, list) in addresses where !local.contains(other) {
        for alias in names(of: other, seenBy: model) where !known.contains(alias) {
          hosts += list.map { "\(alias)=\($0)" }
        }
      }
    }
    let all = Set(hosts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return all.isEmpty ? nil : .sequence(all.map { .string($0) })
  }

  /// The names by which a service elsewhere is known on the networks that both are attached to.
  private func names(of other: String, seenBy model: ComposeService) -> Set<String> {
    guard let service = application.model.service(other) else { return [other] }
    var shared = service.networks.filter { model.networks.contains($0) }
    if model.networkMode == "host" { shared = service.networks }
    let isNamed = model.dependencies.contains { $0.service == other }
    guard !shared.isEmpty || isNamed || service.networkMode != nil else { return [] }
    var names: Set = [other]
    if let name = service.containerName { names.insert(name) }
    let networks = application.document["services"]?[other]?["networks"]
    for network in shared {
      names.formUnion((networks?[network]?["aliases"]?.elements ?? []).compactMap(\.text))
    }
    return names
  }
}
