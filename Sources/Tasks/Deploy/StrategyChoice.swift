// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Decides how the running containers of a service are replaced, from what its Compose file says and
// what somebody chose. Pure; the rules are those of spec/tasks/render.md.

/// How a service is replaced, and why.
package struct StrategyChoice: Sendable, Hashable {
  /// What somebody chose and what cannot work.
  package struct Refusal: Error, Sendable, Hashable {
    /// One sentence in lower case, without a full stop.
    package let message: String
    /// What to do.
    package let hint: String
  }

  package let strategy: ReleasedService.Strategy
  /// Why it is not `rolling`, in plain words; empty where it is or where somebody chose.
  package let reason: String

  init(_ strategy: ReleasedService.Strategy, _ reason: String = "") {
    self.strategy = strategy
    self.reason = reason
  }

  /// The strategy of `service`, of which `replicas` run on a host; `isAwaited` says that another
  /// service waits for its end, `guests` are those that live in its network.
  ///
  /// `chosen` is for this service alone, and must work; `preferred` is for all that can.
  package static func of(
    _ service: ComposeService, isAwaited: Bool, guests: [String] = [], replicas: Int? = nil,
    chosen: ReleasedService.Strategy? = nil, preferred: ReleasedService.Strategy? = nil
  ) throws(Refusal) -> StrategyChoice {
    let isJob = chosen == .job || (isAwaited && chosen == nil)
    if isAwaited, let chosen, chosen != .job {
      throw Refusal(
        message:
          "service `\(service.name)` cannot be `\(chosen.rawValue)`: others wait for its end",
        hint: "leave the strategy out, or wait for it with another condition in `depends_on`")
    }
    if isJob, service.restart == "always" || service.restart == "unless-stopped" {
      throw Refusal(
        message:
          "service `\(service.name)` is to run to its end, but `restart: \(service.restart ?? "")` "
          + "starts it again",
        hint: "set `restart: \"no\"` or `restart: on-failure` in the Compose file")
    }
    if let fault = crowd(service, replicas ?? service.replicas) { throw fault }
    if isJob {
      return StrategyChoice(.job, chosen == nil ? "others wait for its end" : "")
    }
    let never = neverTwo(service)
    if let chosen {
      if let never, chosen != .recreate {
        throw Refusal(
          message:
            "service `\(service.name)` cannot be `\(chosen.rawValue)`: it \(never)",
          hint: "choose `recreate`, or take that out of the Compose file")
      }
      return StrategyChoice(chosen)
    }
    if preferred == .recreate { return StrategyChoice(.recreate) }
    if let reason = never ?? betterNotTwo(service, guests) {
      return StrategyChoice(.recreate, reason)
    }
    return StrategyChoice(preferred == .dockerRollout ? .dockerRollout : .rolling)
  }

  /// Why two containers cannot run at once, whatever anybody chooses.
  private static func neverTwo(_ service: ComposeService) -> String? {
    if let name = service.containerName {
      return "has the fixed name `\(name)`, and two containers cannot"
    }
    if let port = service.publishedPorts.first {
      return "publishes port \(shown(port)), and two containers cannot"
    }
    if let address = service.fixedAddresses.first {
      return "has the fixed \(address), and two containers cannot"
    }
    return nil
  }

  /// Why two containers should not run at once unless somebody knows better.
  private static func betterNotTwo(_ service: ComposeService, _ guests: [String]) -> String? {
    if service.networkMode == "host" {
      return "uses the host's network, where two containers would want the same ports"
    }
    for tie in service.ties {
      switch tie.kind {
      case .network:
        return "shares \(tie.what), where two containers would want the same ports"
      case .ipc: return "shares \(tie.what), which has one of it at a time"
      // Processes do not meet, and what is written to volumes is among the written ones.
      case .pid, .volumes: break
      }
    }
    if let guest = guests.first {
      return "has `\(guest)` in its network, which cannot be in that of two containers"
    }
    if let volume = service.writtenVolumes.first {
      return "writes to volume `\(volume)`, which has one writer at a time"
    }
    if let path = service.writtenPaths.first {
      return "writes to `\(path)`, which has one writer at a time"
    }
    if let path = service.writtenInProject.first {
      return "writes to `./\(path)`, which has one writer at a time"
    }
    if let device = service.exclusiveDevices.first {
      return "uses `\(device)`, which has one user at a time"
    }
    if service.stopsFirst { return "has `deploy.update_config.order: stop-first`" }
    return nil
  }

  /// Why so many containers cannot run at all.
  private static func crowd(_ service: ComposeService, _ replicas: Int) -> Refusal? {
    guard replicas >= 0 else {
      return Refusal(
        message: "service `\(service.name)` is to run \(replicas) times",
        hint:
          "set `scale` or `deploy.replicas` of `\(service.name)` in the Compose file to 1 or more, "
          + "or to 0 to stop all its containers")
    }
    guard replicas > 1 else { return nil }
    if let name = service.containerName {
      return Refusal(
        message:
          "service `\(service.name)` is to run \(replicas) times, but has the fixed name `\(name)`",
        hint: "take `container_name` out of the Compose file")
    }
    if let address = service.fixedAddresses.first {
      return Refusal(
        message:
          "service `\(service.name)` is to run \(replicas) times, but has the fixed \(address)",
        hint: "take the address out of the Compose file")
    }
    guard let port = service.publishedPorts.first(where: { width($0) < replicas }) else {
      return nil
    }
    return Refusal(
      message:
        "service `\(service.name)` is to run \(replicas) times, but publishes port \(shown(port))",
      hint: "publish the port of a proxy instead, or a range of \(replicas) ports")
  }

  /// `8080` of `0.0.0.0:8080/tcp`.
  private static func shown(_ port: String) -> String {
    let text = port.hasSuffix("/tcp") ? String(port.dropLast(4)) : port
    return text.hasPrefix("0.0.0.0:") ? String(text.dropFirst(8)) : text
  }

  /// How many ports `8080-8083` are.
  private static func width(_ port: String) -> Int {
    let numbers = port.split(separator: "/")[0].split(separator: ":").last ?? ""
    let ends = numbers.split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2 else { return 1 }
    return ends[1] - ends[0] + 1
  }

  /// How a service that is no job may end: nothing starts it again, nobody reaches it, and nobody
  /// waits for it to run.
  package static func end(
    of service: ComposeService, in model: ComposeModel
  ) -> ReleasedService.End? {
    guard service.publishedPorts.isEmpty, service.healthCheck?.isDisabled != false else {
      return nil
    }
    let isNeeded = model.services.contains { other in
      other.dependencies.contains { $0.service == service.name && $0.condition != .completed }
    }
    guard !isNeeded else { return nil }
    switch service.restart {
    case "no": return .written
    case nil, "on-failure": return .likely
    case let policy?: return policy.hasPrefix("on-failure:") ? .likely : nil
    }
  }

  /// Seconds that a container of `service` may take to become healthy; for a job, to end.
  package static func healthSeconds(
    _ service: ComposeService, strategy: ReleasedService.Strategy
  ) -> Int {
    if strategy == .job { return 600 }
    return max(60, (service.healthCheck ?? ComposeHealthCheck()).deadline)
  }
}
