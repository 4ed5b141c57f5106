// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which images a build makes and what they are called. Pure: Compose's answer and the project in, a
// list out.

import Tasks

/// Decides which images are built.
struct ImagePlanning {
  let project: Project
  let compose: ComposeModel
  let version: ImageVersion

  /// The images of these services, of all where none is named; each after those it is built on.
  func images(of names: [String], push: Bool) throws(ProjectError) -> [PlannedImage] {
    let all = try candidates(push: push)
    var faults: [Diagnostic] = []
    for name in names where all[name] == nil {
      faults.append(unknown(name, buildable: all.keys.sorted()))
    }
    faults += unknownServices()
    if let first = faults.first { throw ProjectError(first, Array(faults.dropFirst())) }
    var ordered: [PlannedImage] = []
    var state: [String: Bool] = [:]
    for name in names.isEmpty ? all.keys.sorted() : names {
      try visit(name, all, &state, &ordered)
    }
    if push { try checkPushable(ordered) }
    return ordered
  }

  private func visit(
    _ name: String, _ all: [String: PlannedImage], _ state: inout [String: Bool],
    _ ordered: inout [PlannedImage]
  ) throws(ProjectError) {
    guard state[name] != true, let image = all[name] else { return }
    if state[name] == false {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "image-cycle", message: "the image of `\(name)` is built on itself",
            hint: "see `additional_contexts` in the Compose file")))
    }
    state[name] = false
    for base in image.basedOn { try visit(base, all, &state, &ordered) }
    state[name] = true
    ordered.append(image)
  }

  private func candidates(push: Bool) throws(ProjectError) -> [String: PlannedImage] {
    var images: [String: PlannedImage] = [:]
    for service in compose.services {
      guard let spec = service.build else { continue }
      images[service.name] = image(service.name, service.image, .dockerfile(spec), extra: spec.tags)
    }
    guard let backend = project.backend else { return images }
    let written = compose.services.first { $0.name == backend.service }
    switch backend.build {
    case .generic(let dockerfile, let context):
      var spec = ImageSpec()
      spec.context = context
      spec.dockerfileFromRoot = dockerfile
      images[backend.service] = image(
        backend.service, written?.image, .dockerfile(spec), extra: [])
    case .encoreTS(let workdir, let imageName, let suffix):
      let repository = project.registry.map { "\($0)/\(imageName)" } ?? imageName
      // Encore gives an image one name: without a version it is Docker's own.
      let tag = version.isDemanded ? version.text : "latest"
      let reference = "\(repository):\(tag)\(suffix)"
      images[backend.service] = PlannedImage(
        service: backend.service, source: .encore(workdir: workdir), references: [reference],
        passingReferences: [], pushed: project.registry == nil ? nil : reference, basedOn: [])
    }
    return images
  }

  /// Names an image: as Compose would, so that `docker compose up` uses it, and with the version.
  private func image(
    _ service: String, _ written: String?, _ source: PlannedImage.Source, extra: [String]
  ) -> PlannedImage {
    let local = ImageReference(written ?? "\(project.name)-\(service)")
    var versioned = ImageReference(repository: local.repository, tag: version.text)
    if written == nil, let registry = project.registry {
      versioned = ImageReference(repository: "\(registry)/\(local.repository)", tag: version.text)
    }
    var basedOn: [String] = []
    var source = source
    if case .dockerfile(var spec) = source {
      spec.additionalContexts = spec.additionalContexts.map { context in
        guard context.value.hasPrefix("service:") else { return context }
        let base = String(context.value.dropFirst("service:".count))
        basedOn.append(base)
        let other = compose.services.first { $0.name == base }
        let name = ImageReference(other?.image ?? "\(project.name)-\(base)")
        return ImageSpec.Pair(context.name, "docker-image://\(name)")
      }
      source = .dockerfile(spec)
    }
    var references = [local.description] + extra.map { ImageReference($0).description }
    if version.isDemanded { references.append(versioned.description) }
    return PlannedImage(
      service: service, source: source, references: Set(references).sorted(),
      passingReferences: version.isDemanded ? [] : [versioned.description],
      pushed: versioned.hasRegistry ? versioned.description : nil, basedOn: basedOn)
  }

  private func unknown(_ name: String, buildable: [String]) -> Diagnostic {
    if compose.services.contains(where: { $0.name == name }) {
      return Diagnostic(
        .stated(
          id: "service-without-build",
          message:
            "service `\(name)` has no `build:` in the Compose file, so there is nothing to build",
          hint: buildable.isEmpty
            ? nil : "services with one: " + buildable.map { "`\($0)`" }.joined(separator: ", ")))
    }
    return Diagnostic(
      .unknownService(name, nearest: Suggestion.nearest(to: name, among: buildable)))
  }

  /// Services of the project file that the Compose file does not have.
  private func unknownServices() -> [Diagnostic] {
    let known = Set(compose.services.map(\.name) + [project.backend?.service].compactMap { $0 })
    return project.services.filter { !known.contains($0.name) }.map { service in
      Diagnostic(
        .unknownService(
          service.name, nearest: Suggestion.nearest(to: service.name, among: known.sorted())),
        at: service.location, length: service.name.unicodeScalars.count)
    }
  }

  private func checkPushable(_ images: [PlannedImage]) throws(ProjectError) {
    let homeless = images.filter { $0.pushed == nil }.map { "`\($0.service)`" }
    guard !homeless.isEmpty else { return }
    throw ProjectError(
      Diagnostic(
        .stated(
          id: "no-registry",
          message: "there is no registry to push \(homeless.joined(separator: ", ")) to",
          hint: "set `project.registry`, or name a registry in the service's `image:`")))
  }
}
