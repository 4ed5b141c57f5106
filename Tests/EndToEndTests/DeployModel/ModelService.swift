// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One service of the model as a value: its part of the files, and whether containers are what it says.
// Knows nothing of when it was deployed.

/// What the files say of one service.
struct ModelService: Hashable, Sendable, CustomStringConvertible {
  /// How its containers turn out.
  enum Health: String, Sendable {
    case good
    /// The check fails.
    case sick
    /// The program ends at once.
    case crashing
  }

  /// How its containers are replaced.
  enum Strategy: String, Sendable, CaseIterable { case rolling, recreate }

  /// In the environment of the container, in its label and in what it writes; no two edits give one.
  var version: Int
  var health = Health.good
  var strategy: Strategy?
  var replicas = 1
  /// A named volume into which it writes its version when it starts.
  var volume: String?
  /// Whether it is in a second network.
  var hasNetwork = false
  /// The service whose network it uses.
  var shares: String?

  /// Whether there is a time between its old container and its new one.
  var isReplacedInPlace: Bool {
    strategy == .recreate || shares != nil || (strategy == nil && volume != nil)
  }

  /// Its part of the Compose file.
  func compose(_ name: String) -> String {
    let write = volume == nil ? "" : "echo $$V >>/data/log; sync /data/log; "
    let work = health == .crashing ? "exit 7" : "touch /ok; exec sleep 1000000"
    let check =
      health == .sick
      ? "{ test: [CMD, 'false'], interval: 200ms, timeout: 20s, retries: 1 }"
      : "{ test: [CMD, test, -e, /ok], interval: 60s, timeout: 20s, retries: 3,"
        + " start_period: 60s, start_interval: 150ms }"
    var lines = [
      "  \(name):", "    image: busybox:1.35", "    init: true", "    stop_grace_period: 1s",
      "    restart: unless-stopped", "    command: [sh, -c, '\(write)\(work)']",
      "    environment: { V: '\(version)' }", "    labels: { model.version: '\(version)' }",
      "    healthcheck: \(check)",
    ]
    if let volume { lines.append("    volumes: ['\(volume):/data']") }
    if hasNetwork { lines.append("    networks: [default, extra]") }
    if let shares { lines.append("    network_mode: service:\(shares)") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Its settings in `stagecraft.yml`; nil where it has none.
  var settings: String? {
    var words: [String] = []
    if let strategy { words.append("strategy: \(strategy.rawValue)") }
    if replicas > 1 { words.append("replicas: \(replicas)") }
    return words.isEmpty ? nil : "{ \(words.joined(separator: ", ")) }"
  }

  /// Why a healthy container of it is not what it says; nil where it is.
  func fault(of container: SeenContainer) -> String? {
    if container.version != version { return "v\(container.version) in place of v\(version)" }
    let wanted = Set([volume].compactMap { $0 })
    if container.volumes != wanted { return "volumes \(container.volumes.sorted())" }
    if shares == nil {
      let networks: Set = hasNetwork ? ["default", "extra"] : ["default"]
      if container.networks != networks { return "networks \(container.networks.sorted())" }
      if container.shares != nil { return "it uses another's network" }
    } else if container.shares == nil {
      return "it has a network of its own"
    }
    return nil
  }

  /// Why the containers of a service are not all that it says and nothing else; nil where they are.
  func fault(of own: [SeenContainer], among all: [SeenContainer]) -> String? {
    for container in own {
      if !container.isHealthy { return "`\(container.name)` is not healthy" }
      if let fault = fault(of: container) { return "`\(container.name)`: \(fault)" }
      if let shares, let shared = container.shares {
        guard all.contains(where: { $0.id == shared && $0.service == shares && $0.isHealthy })
        else { return "`\(container.name)` uses the network of what is no container of \(shares)" }
      }
    }
    if own.count != replicas { return "\(own.count) containers in place of \(replicas)" }
    return nil
  }

  var description: String {
    var words = ["v\(version)"]
    if health != .good { words.append(health.rawValue) }
    if let strategy { words.append(strategy.rawValue) }
    if replicas > 1 { words.append("×\(replicas)") }
    if let volume { words.append(volume) }
    if hasNetwork { words.append("extra") }
    if let shares { words.append("in \(shares)") }
    return words.joined(separator: " ")
  }
}
