// SPDX-License-Identifier: AGPL-3.0-or-later
//
// From an application with its values to what one host runs: a Compose file without secrets, the
// values beside it, and a digest of all that each service is. Pure: values in, bytes out.

import Cache
import TaskGraph
import YAML

/// Renders an application for one host.
struct HostRendering {
  /// An image that a service runs in place of the one that the file names.
  struct Image {
    let text: String
    /// The name in the file that stands for it; nil for one that was built.
    var reference: String?
    /// What the containers of the host that run it were started as; nil where that differs or none do.
    var running: String?
  }

  let host: Host
  let project: String
  let environment: String
  let services: [ServiceRollout]
  let application: ComposeApplication
  /// Images that are not those of the file, by service.
  let images: [String: Image]
  let addresses: [String: [String]]
  /// Values that may not stand in a Compose file, by the name of their variable.
  let secrets: [String: String]
  /// The user's variables.
  let variables: [String: String]

  /// Raised when the same service gets another digest: every container is then replaced.
  private static let specFormat = "stagecraft-spec-1"

  private static let specLabel = "dev.stagecraft.spec"
  /// Says from which folder a container was started: told by whoever starts it, and no part of what the
  /// service is.
  private static let releaseLabel = "dev.stagecraft.release"

  private var sorted: [ServiceRollout] {
    services.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The files of the project that must be placed first.
  var requests: [RenderFiles.Request] {
    get throws(TaskError) {
      var requests: [RenderFiles.Request] = []
      func add(_ path: String?, _ words: String) {
        guard let path, path.hasPrefix("./") else { return }
        let below = String(path.dropFirst(2))
        requests.append(.init(path: below.isEmpty ? "." : below, words: words))
      }
      var used: [String: Set<String>] = [:]
      for service in sorted {
        let section = application.document["services"]?[service.name] ?? .mapping([])
        for mount in section["volumes"]?.elements ?? [] where mount["type"]?.text == "bind" {
          add(mount["source"]?.text, "service `\(service.name)` mounts")
        }
        for kind in RenderResources.kinds {
          used[kind, default: []].formUnion(RenderResources.used(kind, by: section))
        }
      }
      for (kind, noun) in [("secrets", "secret"), ("configs", "config")] {
        for name in (used[kind] ?? []).sorted() {
          add(application.document[kind]?[name]?["file"]?.text, "\(noun) `\(name)` is")
        }
      }
      return requests
    }
  }

  /// What the host is to run, once its files are placed.
  func desired(
    files: [String: RenderFiles.Placed], secretKey: [UInt8]
  ) throws(TaskError) -> DesiredHost {
    let local = Set(services.map(\.name))
    let maker = RenderService(
      host: host, project: project, environment: environment, local: local,
      application: application, addresses: addresses, files: files)
    let resources = RenderResources(
      host: host, application: application, files: files, variables: variables)
    var definitions: [String: [String: RenderResources.Definition]] = [:]
    var plain: [(name: String, section: YAMLValue)] = []
    var specs: [String: String] = [:]
    var parts: [String: ServiceParts] = [:]
    for service in sorted {
      let section = try maker.section(service, image: images[service.name]?.text)
      var own: [String: [String: RenderResources.Definition]] = [:]
      for kind in RenderResources.kinds {
        for name in RenderResources.used(kind, by: section) {
          guard let definition = try resources.definition(kind, name) else { continue }
          own[kind, default: [:]][name] = definition
          definitions[kind, default: [:]][name] = definition
        }
      }
      plain.append((service.name, section))
      specs[service.name] = spec(of: service.name, section, own)
      parts[service.name] = ServiceParts(
        section, own, filesBelow: host.directory, key: secretKey)
    }
    tie(local, &specs, &parts, secretKey)
    let (compose, values) = try written(plain, definitions, resources, specs)
    var released: [ReleasedService] = []
    for name in StartOrder.sorted(services.map(\.name), in: application.model) {
      guard let service = services.first(where: { $0.name == name }),
        let section = plain.first(where: { $0.name == name })?.section
      else { continue }
      released.append(try self.released(service, section, local))
    }
    let all = Dictionary(
      files.values.flatMap(\.files).map { ($0.remotePath, $0) }, uniquingKeysWith: { one, _ in one }
    )
    let sent = all.values.sorted {
      $0.remotePath.utf8.lexicographicallyPrecedes($1.remotePath.utf8)
    }
    let digest = Self.digest(compose, values, released, sent, specs)
    var desired = DesiredHost(
      services: released, compose: compose, files: sent, environment: values, specs: specs,
      parts: parts, digest: digest.hex, key: secretKey)
    for (name, section) in plain { desired.volumes[name] = volumes(section) }
    return desired
  }

  /// Makes what a service is follow from what those are in whose containers it lives: they are
  /// replaced together.
  private func tie(
    _ local: Set<String>, _ specs: inout [String: String], _ parts: inout [String: ServiceParts],
    _ key: [UInt8]
  ) {
    for name in StartOrder.sorted(services.map(\.name), in: application.model) {
      for tie in ties(of: name, local) {
        guard let own = specs[name], let other = specs[tie.service] else { continue }
        specs[name] = Digest.of("\(own) \(tie.kind.rawValue) \(other)").hex
        parts[name]?.add(tie, digest: Digest.keyed(Array(other.utf8), by: key).hex)
      }
    }
  }

  private func ties(of service: String, _ local: Set<String>) -> [ServiceTie] {
    (application.model.service(service)?.ties ?? []).filter { local.contains($0.service) }
  }

  /// The volumes of a service that Compose makes: what each is called there.
  private func volumes(_ section: YAMLValue) -> [String: String] {
    let names = RenderResources.used("volumes", by: section).compactMap {
      name -> (String, String)? in
      guard let definition = application.document["volumes"]?[name],
        definition["external"] == nil
      else { return nil }
      return (name, definition["name"]?.text ?? "\(application.project)_\(name)")
    }
    return Dictionary(names, uniquingKeysWith: { first, _ in first })
  }

  /// The networks and volumes of a service that Compose does not make.
  private func externals(_ section: YAMLValue) -> [String] {
    ["network", "volume"].flatMap { noun in
      RenderResources.used(noun + "s", by: section).compactMap { name -> String? in
        guard let definition = application.document[noun + "s"]?[name],
          definition["external"] != nil
        else { return nil }
        return "\(noun) \(definition["name"]?.text ?? name)"
      }
    }.sorted()
  }

  // MARK: The files

  private func written(
    _ plain: [(name: String, section: YAMLValue)],
    _ definitions: [String: [String: RenderResources.Definition]], _ resources: RenderResources,
    _ specs: [String: String]
  ) throws(TaskError) -> (compose: String, values: [UInt8]) {
    var values = RenderVariables()
    var secrets = RenderSecrets(self.secrets)
    var document = YAMLValue.mapping([("name", .string(host.composeProject))])
    var sections: [(key: String, value: YAMLValue)] = []
    for (name, section) in plain {
      var section = section
      let environment = section["environment"]?.entries ?? []
      section["environment"] = nil
      section = secrets.written(section, &values)
      if !environment.isEmpty {
        section["environment"] = .mapping(
          environment.map { entry in
            // Without a value it is taken out of what the image has.
            guard let value = entry.value.scalarText else { return (entry.key, .null) }
            return (entry.key, .string(values.reference([name, entry.key], value)))
          })
      }
      section["labels"]?[Self.specLabel] = .string(
        values.reference(["SPEC", name], specs[name] ?? ""))
      section["labels"]?[Self.releaseLabel] = .string("${STAGECRAFT_RELEASE:-}")
      sections.append((name, section))
    }
    document["services"] = .mapping(sections)
    for kind in RenderResources.kinds {
      let own = (definitions[kind] ?? [:]).sorted {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }
      guard !own.isEmpty else { continue }
      document[kind] = .mapping(
        own.map { ($0.key, resources.written(kind, $0.key, $0.value, &secrets, &values)) })
    }
    if let name = values.tooLong {
      throw TaskError(
        .input, "the value of `\(name)` is longer than \(RenderVariables.longest) bytes",
        hint: "give it to the service as a file")
    }
    let head = "# Made by stagecraft. Its values are in `env`: run it with ../../compose\n"
    return (head + YAMLWriter.write(document.sortingKeys()), values.assignments)
  }

  // MARK: Digests

  /// The spec of a service; of one whose containers run the chosen image since it was deployed by name,
  /// and are in all else as wanted, the one that they carry: nothing is to be replaced.
  private func spec(
    of service: String, _ section: YAMLValue,
    _ own: [String: [String: RenderResources.Definition]]
  ) -> String {
    if let image = images[service], let reference = image.reference, let running = image.running {
      var byName = section
      byName["image"] = .string(reference)
      if Self.spec(byName, own) == running { return running }
    }
    return Self.spec(section, own)
  }

  /// All that makes a container what it is; not what decides when and how often it starts.
  private static func spec(
    _ section: YAMLValue, _ own: [String: [String: RenderResources.Definition]]
  ) -> String {
    var section = section.removing(["depends_on"])
    if let deploy = section["deploy"] {
      let rest = deploy.removing(["replicas", "update_config", "rollback_config", "placement"])
      section["deploy"] = rest.isVoid ? nil : rest
    }
    var whole = YAMLValue.mapping([("format", .string(specFormat)), ("service", section)])
    for (kind, definitions) in own {
      whole[kind] = .mapping(
        definitions.map { name, definition in
          (
            name,
            .mapping([
              (
                "definition",
                definition.section.removing(definition.value == nil ? [] : ["environment"])
              ),
              ("value", definition.value.map { .string($0) } ?? .null),
            ])
          )
        })
    }
    return Digest.of(YAMLWriter.bytes(whole.sortingKeys())).hex
  }

  private static func digest(
    _ compose: String, _ values: [UInt8], _ services: [ReleasedService], _ files: [ReleasedFile],
    _ specs: [String: String]
  ) -> Digest {
    var builder = DigestBuilder()
    builder.frame("stagecraft-host-1")
    builder.frame(compose)
    values.withUnsafeBytes { builder.frame($0) }
    builder.frame(UInt64(services.count))
    for service in services { builder.frame(service.json) }
    builder.frame(UInt64(files.count))
    // Where a file comes from is no part of what the host has.
    for file in files {
      builder.frame(file.remotePath)
      builder.frame(UInt64(file.mode))
    }
    for name in specs.keys.sorted() {
      builder.frame(name)
      builder.frame(specs[name] ?? "")
    }
    return builder.finalize()
  }

  private func released(
    _ service: ServiceRollout, _ section: YAMLValue, _ local: Set<String>
  ) throws(TaskError) -> ReleasedService {
    guard let model = application.model.service(service.name) else {
      throw TaskError(.invariant, "service `\(service.name)` was rendered and is not there")
    }
    var released = ReleasedService(name: service.name, image: section["image"]?.text ?? "")
    if let image = images[service.name], image.text.hasPrefix("sha256:") {
      released.reference = image.reference
    }
    released.strategy = service.choice.strategy
    released.strategyReason = service.choice.reason
    released.replicas = service.replicas ?? model.replicas
    released.hasHealthCheck = model.healthCheck.map { !$0.isDisabled } ?? false
    released.healthSeconds =
      service.healthSeconds
      ?? StrategyChoice.healthSeconds(model, strategy: service.choice.strategy)
    if let settle = service.settleSeconds { released.settleSeconds = settle }
    released.graceSeconds = model.graceSeconds
    released.drainSeconds = service.drainSeconds
    let hook = section["labels"]?["docker-rollout.pre-stop-hook"]?.text ?? ""
    if let name = RenderSecrets(secrets).name(in: hook) {
      // It is run by name on the host, where process lists show it.
      throw TaskError(
        .input, "the pre-stop hook of service `\(service.name)` holds the value of `\(name)`",
        hint: "let the container read it from its own environment: `$$\(name)`")
    }
    released.waitsFor = Dictionary(
      model.dependencies.map { ($0.service, $0.condition.rawValue) },
      uniquingKeysWith: { _, new in new })
    let ties = ties(of: service.name, local)
    released.ties = ties.isEmpty ? nil : ties
    let restarts = model.restartsWith.filter { local.contains($0) }
    released.restartsWith = restarts.isEmpty ? nil : restarts
    let externals = externals(section)
    released.externals = externals.isEmpty ? nil : externals
    if service.choice.strategy != .job {
      released.end = StrategyChoice.end(of: model, in: application.model)
    }
    released.preStop = service.preStop ?? (hook.isEmpty ? [] : ["sh", "-c", hook])
    return released
  }
}

extension YAMLValue {
  /// A scalar's text; nil where there is nothing.
  fileprivate var scalarText: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .int(let number): String(number)
    case .bool(let flag): String(flag)
    case .double(let number): String(number)
    case .null, .sequence, .mapping: nil
    }
  }
}
