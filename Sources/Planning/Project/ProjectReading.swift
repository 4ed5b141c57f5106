// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Decodes the root node of a stagecraft.yml into a Project. Knows the top-level keys that have a
// meaning today; tasks are read by TaskReader, kept sections checked against ProjectSchema.

import Tasks
import YAML

/// The reading of one file's root node.
struct ProjectReading {
  private let file: String

  /// Starts for a file of a shown path.
  init(file: String) {
    self.file = file
  }

  /// The project as far as it could be read; faults go to `reading`.
  func read(_ node: Node, into reading: inout Reading) -> Project? {
    guard let root = reading.mapping(node) else { return nil }
    let pools = root["pools"].map { self.pools($0, into: &reading) } ?? []
    var sections: [Project.Section] = []
    for entry in root.entries {
      // A place for YAML anchors, as in Compose.
      if entry.key.hasPrefix("x-") { continue }
      if let kept = ProjectSchema.kept.first(where: { $0.name == entry.key }) {
        reading.check(entry, kept.schema, section: kept.name)
        reading.report(
          .noEffectYet(section: kept.name, arrivesWith: kept.arrivesWith ?? ""), atKeyOf: entry)
        sections.append(
          Project.Section(
            name: kept.name, node: entry.value, location: reading.location(entry.keyMark)))
      } else if !ProjectSchema.topLevel.contains(entry.key) {
        reading.reportUnknownKey(entry, known: ProjectSchema.topLevel)
      }
    }
    if root["project"] == nil { reading.report(.missingKey("project", section: ""), at: node) }
    let identity = root.entry("project").flatMap { self.identity($0, into: &reading) }
    let tasks = root["tasks"].map { TaskReader(declared: pools).read($0, into: &reading) } ?? []
    let hosts = root.entry("hosts").flatMap {
      HostsReader.roles($0, section: "hosts", into: &reading)
    }
    let migrations =
      root.entry("migrations").map { MigrationDefaults.read($0, into: &reading) }
      ?? MigrationDefaults()
    let databases =
      root.entry("databases").map {
        DatabaseReader.read($0, defaults: migrations, into: &reading)
      } ?? []
    let environments =
      root["environments"].map {
        EnvironmentReader(hosts: hosts, databases: databases).read($0, into: &reading)
      } ?? []
    if let entry = root.entry("migrations") {
      let known = root["environments"]?.mapping?.keys ?? []
      MigrationDefaults.check(entry, known: known, into: &reading)
    }
    // A service may run on roles that only some environments have.
    let everywhere = [hosts].compactMap(\.self) + environments.compactMap(\.hosts)
    let project = Project(
      file: file, name: identity?.name ?? "", registry: identity?.registry,
      compose: root.entry("compose").map { reading.composeFiles($0) } ?? [],
      images: root["images"].flatMap {
        reading.choice($0, of: ImagePolicy.allCases.map(\.rawValue), what: "`images`")
      }.flatMap(ImagePolicy.init(rawValue:)) ?? .keep,
      cacheSize: root["cache"].flatMap { cacheSize($0, into: &reading) }, pools: pools,
      environments: environments, tasks: tasks,
      services: root["services"].map {
        ServiceReader(
          section: "services", roles: everywhere.flatMap(\.roleNames), allowsNeeds: true
        ).read($0, into: &reading)
      } ?? [],
      hosts: hosts, databases: databases, migrations: migrations,
      addresses: root.entry("network").map {
        HostsReader.addresses($0, hosts: everywhere.flatMap(\.hostNames), into: &reading)
      } ?? [:],
      backend: root.entry("backend").flatMap { backend($0, into: &reading) }, sections: sections)
    project.checkComposeProjects(into: &reading)
    TaskChecks(project, taskNames: root["tasks"]?.mapping?.keys ?? []).check(into: &reading)
    return project
  }

  // MARK: small sections

  private func identity(
    _ entry: Mapping.Entry, into reading: inout Reading
  ) -> (name: String, registry: String?)? {
    guard let mapping = reading.mapping(entry.value) else { return nil }
    reading.checkKeys(of: mapping, known: ProjectSchema.project.map(\.name))
    let registry = mapping["registry"].flatMap { reading.text($0, what: "`project.registry`") }
    guard let node = mapping["name"] else {
      reading.report(.missingKey("name", section: "project"), atKeyOf: entry)
      return nil
    }
    guard let name = reading.text(node, what: "`project.name`") else { return nil }
    guard Reading.isName(name) else {
      reading.report(.badName(name), at: node)
      return nil
    }
    return (name, registry)
  }

  private func cacheSize(_ node: Node, into reading: inout Reading) -> Int? {
    guard let mapping = reading.mapping(node) else { return nil }
    reading.checkKeys(of: mapping, known: ProjectSchema.cache.map(\.name))
    guard let node = mapping["size"], let text = reading.text(node, what: "`cache.size`") else {
      return nil
    }
    guard let size = Quantity.size(text) else {
      reading.report(.badSize(text), at: node)
      return nil
    }
    return size
  }

  private func pools(_ node: Node, into reading: inout Reading) -> [PoolDefinition] {
    guard let mapping = reading.mapping(node) else { return [] }
    return mapping.entries.compactMap { entry in
      let named = reading.checkName(of: entry)
      guard let limit = reading.integer(entry.value, minimum: 1), named else { return nil }
      return PoolDefinition(
        name: entry.key, limit: limit, location: reading.location(entry.keyMark))
    }
  }

  // MARK: backend

  private func backend(
    _ entry: Mapping.Entry, into reading: inout Reading
  ) -> BackendSettings? {
    let before = reading.diagnostics.count
    reading.check(entry, ProjectSchema.backend, section: "backend")
    guard reading.diagnostics.count == before, let provider = entry.value["provider"]?.string,
      let section = entry.value["providers"]?[provider]
    else { return nil }
    if let dev = section.mapping?.entry("dev") {
      reading.report(
        .noEffectYet(section: "backend.providers.\(provider).dev", arrivesWith: "dev"),
        atKeyOf: dev)
    }
    let build = section["build"]
    let workdir = path(section["dev"]?["workdir"]) ?? "."
    let imageName = build?["image_name"]?.string ?? "api"
    let service: String
    let plan: BackendSettings.Build
    if provider == "encore-ts" {
      service = imageName
      plan = .encoreTS(
        workdir: path(build?["workdir"]) ?? workdir, imageName: imageName,
        tagSuffix: build?["docker_tag_suffix"]?.string ?? "")
    } else {
      let context = path(build?["context"]) ?? workdir
      service = "backend"
      plan = .generic(
        dockerfile: path(build?["dockerfile"])
          ?? (context == "." ? "Dockerfile" : "\(context)/Dockerfile"),
        context: context)
    }
    return BackendSettings(
      provider: provider, service: entry.value["service"]?.string ?? service, build: plan,
      section: section, location: reading.location(entry.keyMark))
  }

  /// A path that the schema has already accepted, in normal form.
  private func path(_ node: Node?) -> String? {
    guard let text = node?.string, case .inside(let path) = RelativePath.resolve(text) else {
      return nil
    }
    return path.isEmpty ? "." : path
  }
}
