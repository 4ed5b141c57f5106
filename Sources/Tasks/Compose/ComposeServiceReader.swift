// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads what planning needs of one service from what `docker compose config` prints. Knows the
// canonical form only; the section `build:` is ComposeModelReader's.

import YAML

/// Reads one service.
struct ComposeServiceReader {
  /// The project's root, absolute, without a slash at its end.
  let root: String

  /// Adds what `section` says to `service`.
  func read(_ section: Node, into service: inout ComposeService) {
    service.pullPolicy = text(section["pull_policy"])
    service.profiles = texts(section["profiles"]).sorted()
    service.containerName = text(section["container_name"])
    service.networkMode = text(section["network_mode"])
    service.networks = (section["networks"]?.mapping?.keys ?? []).sorted()
    service.publishedPorts = (section["ports"]?.sequence ?? []).compactMap(published)
    readMounts(section["volumes"]?.sequence ?? [], into: &service)
    service.ties = ties(section)
    service.fixedAddresses = addresses(section)
    service.exclusiveDevices = (section["devices"]?.sequence ?? []).compactMap {
      text($0["source"]) ?? text($0).map { String($0.prefix { $0 != ":" }) }
    }.filter(isExclusive)
    service.dependencies = (section["depends_on"]?.mapping?.entries ?? []).map { entry in
      ComposeDependency(
        service: entry.key,
        condition: text(entry.value["condition"]).flatMap { .init(rawValue: $0) } ?? .started,
        isRequired: entry.value["required"]?.bool ?? true,
        restarts: entry.value["restart"]?.bool ?? false)
    }.sorted { $0.service.utf8.lexicographicallyPrecedes($1.service.utf8) }
    service.healthCheck = section["healthcheck"].flatMap(healthCheck)
    service.restart = text(section["restart"]) ?? restartPolicy(section["deploy"])
    if let grace = duration(section["stop_grace_period"]) { service.graceSeconds = grace }
    service.replicas =
      section["scale"]?.int ?? section["deploy"]?["replicas"]?.int ?? service.replicas
    service.stopsFirst = text(section["deploy"]?["update_config"]?["order"]) == "stop-first"
    service.hasPreStopHook = hook(section) != nil
  }

  /// The text of the label that names what to run before a container is stopped.
  func hook(_ section: Node) -> String? {
    text(section["labels"]?["docker-rollout.pre-stop-hook"])
  }

  private func published(_ port: Node) -> String? {
    guard let published = text(port["published"]) else { return nil }
    var address = text(port["host_ip"]) ?? "0.0.0.0"
    if address.contains(":"), !address.hasPrefix("[") { address = "[\(address)]" }
    return "\(address):\(published)/\(text(port["protocol"]) ?? "tcp")"
  }

  private func readMounts(_ mounts: [Node], into service: inout ComposeService) {
    var volumes: Set<String> = []
    var paths: Set<String> = []
    var inProject: Set<String> = []
    for mount in mounts where mount["read_only"]?.bool != true {
      guard let source = text(mount["source"]) else { continue }
      switch text(mount["type"]) {
      case "volume", "cluster": volumes.insert(source)
      case "bind" where source.hasPrefix(root + "/"):
        if !source.hasSuffix(".sock") { inProject.insert(String(source.dropFirst(root.count + 1))) }
      case "bind" where isData(source): paths.insert(source)
      default: break
      }
    }
    service.writtenInProject = inProject.sorted()
    service.writtenVolumes = volumes.sorted()
    service.writtenPaths = paths.sorted()
  }

  /// Whether a path is likely to hold data of one writer: neither a socket nor the system's own.
  private func isData(_ path: String) -> Bool {
    guard path.hasPrefix("/"), path != root else { return false }
    let system = ["/dev", "/proc", "/sys", "/run", "/var/run", "/etc", "/tmp/.X11-unix"]
    return !path.hasSuffix(".sock")
      && !system.contains { path == $0 || path.hasPrefix($0 + "/") }
  }

  /// Whether a device has one user at a time: lines and buses have, graphics, tunnels and the like
  /// are shared.
  private func isExclusive(_ device: String) -> Bool {
    ["tty", "hidraw", "video", "i2c-", "spidev", "usb/", "bus/usb", "serial/", "gpiochip"].contains
    {
      device.hasPrefix("/dev/" + $0)
    }
  }

  /// What the service has of others; one that names a container still names it as `container:NAME`.
  private func ties(_ section: Node) -> [ServiceTie] {
    var ties: [ServiceTie] = []
    for (key, kind) in [
      ("network_mode", ServiceTie.Kind.network), ("pid", .pid), ("ipc", .ipc),
    ] {
      guard let text = text(section[key]) else { continue }
      if text.hasPrefix("service:") {
        ties.append(ServiceTie(kind, of: String(text.dropFirst("service:".utf8.count))))
      } else if text.hasPrefix(Self.container) {
        ties.append(ServiceTie(kind, of: text))
      }
    }
    return ties + lenders(section).map { ServiceTie(.volumes, of: $0.name) }
  }

  /// Whose volumes the service has, and whether it may not write to them.
  func lenders(_ section: Node) -> [(name: String, isReadOnly: Bool)] {
    texts(section["volumes_from"]).map { text in
      let isContainer = text.hasPrefix(Self.container)
      let rest = isContainer ? text.dropFirst(Self.container.count) : text[...]
      let name = (isContainer ? Self.container : "") + rest.prefix { $0 != ":" }
      return (name, rest.hasSuffix(":ro"))
    }
  }

  /// What a reference to a container begins with.
  static let container = "container:"

  /// Addresses that are written down.
  private func addresses(_ section: Node) -> [String] {
    var found: [String] = []
    for entry in section["networks"]?.mapping?.entries ?? [] {
      for key in ["ipv4_address", "ipv6_address"] {
        if let address = text(entry.value[key]) { found.append("address `\(address)`") }
      }
      found += texts(entry.value["link_local_ips"]).map { "address `\($0)`" }
      if let address = text(entry.value["mac_address"]) { found.append("MAC address `\(address)`") }
    }
    if let address = text(section["mac_address"]) { found.append("MAC address `\(address)`") }
    return found
  }

  private func healthCheck(_ section: Node) -> ComposeHealthCheck? {
    guard section.mapping != nil else { return nil }
    var check = ComposeHealthCheck()
    check.isDisabled =
      section["disable"]?.bool == true || text(section["test"]?.sequence?.first) == "NONE"
    if let interval = duration(section["interval"]) { check.interval = interval }
    if let timeout = duration(section["timeout"]) { check.timeout = timeout }
    if let retries = section["retries"]?.int ?? text(section["retries"]).flatMap({ Int($0) }) {
      check.retries = min(max(retries, 1), ComposeHealthCheck.mostRetries)
    }
    if let period = duration(section["start_period"]) { check.startPeriod = period }
    return check
  }

  private func restartPolicy(_ deploy: Node?) -> String? {
    switch text(deploy?["restart_policy"]?["condition"]) {
    case "none": "no"
    case "any": "always"
    case let other: other
    }
  }

  private func duration(_ node: Node?) -> Int? { text(node).flatMap(ComposeDuration.seconds) }

  /// A scalar's text; nil where there is none or an empty one.
  private func text(_ node: Node?) -> String? {
    guard let node, !node.isNull, let text = node.string, !text.isEmpty else { return nil }
    return ComposeText.undoubled(text)
  }

  private func texts(_ node: Node?) -> [String] { (node?.sequence ?? []).compactMap { text($0) } }
}
