// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads `environments`. Knows the keys of an environment and what they say of the rest of the file;
// does not know the Compose file.

import Tasks
import YAML

/// Reads `environments:`.
struct EnvironmentReader {
  /// The project's own hosts.
  let hosts: HostRoles?
  /// The project's databases with migrations.
  let databases: [DatabaseDefinition]

  /// All environments that could be read, in file order; faults go to `reading`.
  func read(_ node: Node, into reading: inout Reading) -> [EnvironmentSettings] {
    guard let mapping = reading.mapping(node) else { return [] }
    var warned = false
    return mapping.entries.compactMap { entry in
      let named = reading.checkName(of: entry)
      let settings = environment(entry, warned: &warned, into: &reading)
      return named ? settings : nil
    }
  }

  private func environment(
    _ entry: Mapping.Entry, warned: inout Bool, into reading: inout Reading
  ) -> EnvironmentSettings? {
    guard let mapping = reading.mapping(entry.value) else { return nil }
    let section = "environments.\(entry.key)"
    let fields = ProjectSchema.environment
    var externals: [ExternalService] = []
    for field in mapping.entries {
      if let known = fields.first(where: { $0.name == field.key }) {
        reading.check(field, known.schema, section: "\(section).\(field.key)")
      } else if Self.isServiceOverride(field.value) {
        reading.check(
          field, .record(ProjectSchema.serviceOverride), section: "\(section).\(field.key)")
        externals.append(
          ExternalService(
            name: field.key, isExternal: field.value["mode"]?.string == "external",
            url: field.value["url"]?.string, location: reading.location(field.keyMark)))
      } else {
        reading.reportUnknownKey(field, known: fields.map(\.name))
      }
    }
    // Said once for the file, not once for each environment.
    if let traefik = mapping.entry("traefik"), !warned {
      warned = true
      reading.report(
        .noEffectYet(section: "\(section).traefik", arrivesWith: "infra up"), atKeyOf: traefik)
    }
    let hosts = mapping.entry("hosts").flatMap {
      HostsReader.roles($0, section: "\(section).hosts", into: &reading)
    }
    guard let driver = mapping["driver"] else {
      reading.report(.missingKey("driver", section: section), atKeyOf: entry)
      return nil
    }
    var settings = EnvironmentSettings(
      name: entry.key, driver: reading.reference(driver.string ?? "", at: driver),
      section: entry.value, location: reading.location(entry.keyMark))
    if settings.isLocal, let field = mapping.entry("hosts") {
      reading.report(.hostsOfLocalEnvironment(entry.key), atKeyOf: field)
    }
    settings.hosts = hosts
    settings.externals = externals
    settings.envFile = mapping["env_file"].flatMap { node in
      guard let text = node.string, case .inside(let path) = RelativePath.resolve(text) else {
        return nil
      }
      return reading.reference(path, at: node)
    }
    settings.rollout = rollout(mapping, into: &reading)
    settings.compose = mapping.entry("compose").map { reading.composeFiles($0) } ?? []
    settings.profiles = mapping["profiles"]?.sequence?.compactMap(\.string)
    settings.composeProject = mapping["compose_project"].flatMap { node in
      guard let text = node.string else { return nil }
      guard TargetNames.isComposeProject(text) else {
        reading.report(
          .stated(
            id: "compose-project", message: "`\(text)` is no name of a Compose project",
            hint: "lower-case letters, digits, `_` and `-`, beginning with a letter or digit"),
          at: node)
        return nil
      }
      return reading.reference(text, at: node)
    }
    settings.images = mapping["images"]?.string.flatMap(ImagePolicy.init(rawValue:))
    settings.keepReleases = mapping["keep_releases"]?.int ?? settings.keepReleases
    settings.lockWait = mapping["lock_wait"].flatMap(ServiceReader.duration)
    settings.overlay = Self.overlay(mapping)
    settings.secrets = mapping["secrets"].map { SecretsReader.read($0, into: &reading) } ?? []
    settings.services =
      mapping["services"].map {
        ServiceReader(
          section: "\(section).services", roles: (hosts ?? self.hosts)?.roleNames ?? [],
          allowsNeeds: false
        ).read($0, into: &reading)
      } ?? []
    settings.databases =
      mapping["databases"].map {
        DatabaseReader.overrides($0, of: databases, into: &reading)
      } ?? []
    return settings
  }

  /// Any key of an environment may be the name of a service; its value tells it from a typo.
  private static func isServiceOverride(_ node: Node) -> Bool {
    guard let mapping = node.mapping else { return false }
    return mapping["mode"] != nil || mapping["url"] != nil
  }

  private func rollout(_ mapping: Mapping, into reading: inout Reading) -> RolloutSettings {
    var settings = RolloutSettings()
    guard let fields = mapping["rollout"]?.mapping else { return settings }
    settings.strategy = (fields["strategy"]?.string)
      .flatMap(ReleasedService.Strategy.init(rawValue:))
    if let enabled = fields.entry("enabled"), enabled.value.bool == true {
      if let strategy = settings.strategy, strategy != .dockerRollout {
        reading.report(.exclusiveKeys("enabled", "strategy"), atKeyOf: enabled)
      }
      settings.strategy = .dockerRollout
    }
    settings.batch = (fields["batch"]?.string).flatMap { HostShare($0) }
    settings.canary = (fields["canary"]?.string).flatMap { HostShare($0) }
    settings.maxFailures = fields["max_failures"]?.int ?? settings.maxFailures
    settings.onFailure =
      (fields["on_failure"]?.string)
      .flatMap(RolloutSettings.FailureResponse.init(rawValue:)) ?? settings.onFailure
    settings.pause = fields["pause"].flatMap(ServiceReader.duration) ?? settings.pause
    return settings
  }

  private static func overlay(_ mapping: Mapping) -> ComposeOverlay {
    var overlay = ComposeOverlay()
    overlay.postgresVolume = mapping["postgres_volume"]?.string
    overlay.postgresInitScripts = mapping["postgres_init_scripts"]?.string
    overlay.redisVolume = mapping["redis_volume"]?.string
    overlay.databasePortPublish = mapping["db_port_publish"]?.string
    overlay.redisPortPublish = mapping["redis_port_publish"]?.string
    return overlay
  }
}
