// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Ties the services of an application together: containers that are named are found by their names,
// and who borrows volumes of another writes to what that one writes to. Pure.

/// The services of an application with their ties resolved.
struct ComposeTies {
  /// The services, in the order in which they came.
  let services: [ComposeService]

  /// Resolves the ties of `read`; `lenders` are those whose volumes a service may write to.
  init(_ read: [ComposeService], lenders: [String: [String]]) {
    var named: [String: String] = [:]
    for service in read {
      if let name = service.containerName { named[name] = service.name }
    }
    let known = Set(read.map(\.name))
    func owner(_ reference: String) -> String? {
      let prefix = ComposeServiceReader.container
      if reference.hasPrefix(prefix) { return named[String(reference.dropFirst(prefix.count))] }
      return known.contains(reference) ? reference : nil
    }
    var services = read
    for position in services.indices {
      let name = services[position].name
      services[position].ties = read[position].ties.compactMap { tie in
        owner(tie.service).flatMap { $0 == name ? nil : ServiceTie(tie.kind, of: $0) }
      }
      // Compose itself waits for a service that is named, but not for a container.
      for tie in services[position].ties
      where !services[position].dependencies.contains(where: { $0.service == tie.service }) {
        services[position].dependencies.append(ComposeDependency(service: tie.service))
      }
      services[position].dependencies.sort {
        $0.service.utf8.lexicographicallyPrecedes($1.service.utf8)
      }
    }
    let byName = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
    for position in services.indices {
      var open = [services[position].name]
      var seen: Set<String> = []
      var volumes: Set<String> = []
      var paths: Set<String> = []
      var inProject: Set<String> = []
      while let name = open.popLast() {
        guard seen.insert(name).inserted, let other = byName[name] else { continue }
        volumes.formUnion(other.writtenVolumes)
        paths.formUnion(other.writtenPaths)
        inProject.formUnion(other.writtenInProject)
        open += (lenders[name] ?? []).compactMap(owner)
      }
      services[position].writtenVolumes = volumes.sorted()
      services[position].writtenPaths = paths.sorted()
      services[position].writtenInProject = inProject.sorted()
    }
    self.services = services
  }
}
