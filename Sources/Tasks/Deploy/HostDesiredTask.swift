// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Makes what one host is to run: the Compose file, its values and the files that are mounted. An
// observation, so that it is made each time and its secrets stay in memory.

package import Cache
package import TaskGraph

/// Renders an application for one host.
package struct HostDesiredTask: ObserveTask {
  package typealias Output = DesiredHost

  package static let kind = "host-desired"
  package static let revision = 2
  package static let isLocal = true

  package let id: TaskID
  package let host: Host
  /// The project and the environment, for labels.
  package let project: String
  package let environment: String
  package let services: [ServiceRollout]
  package let application: TaskRef<ComposeApplication>
  /// What services run of the images that they name; nil where all names are taken as they are.
  package let named: TaskRef<ChosenImages>?
  /// IP addresses of services that do not run on this host, by service.
  package let addresses: [String: [String]]
  /// Variables whose values may not stand in a Compose file.
  package let secretVariables: Set<String>
  private let secretKey: [UInt8]

  /// Makes a task; it must wait for `application`, `named` and the images of `services`.
  package init(
    id: TaskID, host: Host, project: String, environment: String, services: [ServiceRollout],
    application: TaskRef<ComposeApplication>, named: TaskRef<ChosenImages>? = nil,
    addresses: [String: [String]] = [:], secretVariables: Set<String> = [], secretKey: [UInt8]
  ) {
    self.id = id
    self.host = host
    self.project = project
    self.environment = environment
    self.services = services
    self.application = application
    self.named = named
    self.addresses = addresses
    self.secretVariables = secretVariables
    self.secretKey = secretKey
  }

  package var request: [UInt8] {
    var writer = RecordWriter()
    writer.write(host)
    writer.write(project)
    writer.write(environment)
    writer.write(services.map(\.name))
    return writer.bytes
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func parts(of desired: DesiredHost) -> [Observation] {
    desired.services.map {
      Observation("service \($0.name)", desired.fingerprint(of: $0.name).hex)
    } + [Observation("all of it", desired.fingerprint.hex)]
  }

  package func run(in context: TaskContext) async throws(TaskError) -> DesiredHost {
    var images: [String: String] = [:]
    for service in services {
      switch service.image {
      case .named: break
      case .pushed(let task): images[service.name] = try context.output(of: task).digestReference
      case .built(let task): images[service.name] = try context.output(of: task).id
      }
    }
    return try await rendered(try context.output(of: self.application), images, in: context)
  }

  package func preview(in context: TaskContext) async throws(TaskError) -> DesiredHost? {
    guard let application = context.settled(self.application) else { return nil }
    var images: [String: String] = [:]
    var unsettled: Set<String> = []
    for service in services {
      let image: String?
      switch service.image {
      case .named: continue
      case .pushed(let task): image = context.settled(task)?.digestReference
      case .built(let task): image = context.settled(task)?.id
      }
      if image == nil { unsettled.insert(service.name) }
      images[service.name] = image ?? ServiceParts.unsettled
    }
    if let named, context.assumed(named) == nil {
      unsettled.formUnion(services.filter { $0.image == .named }.map(\.name))
    }
    var desired = try await rendered(application, images, in: context)
    for service in desired.services
    where service.ties?.contains(where: { unsettled.contains($0.service) }) == true {
      unsettled.insert(service.name)
    }
    desired.unsettled = unsettled
    return desired
  }

  private func rendered(
    _ application: ComposeApplication, _ images: [String: String], in context: TaskContext
  ) async throws(TaskError) -> DesiredHost {
    let values = context.environmentOfUser
    var images = images.mapValues { HostRendering.Image(text: $0) }
    if let chosen = named.flatMap({ context.assumed($0) }) {
      for choice in chosen.choices where services.contains(where: { $0.name == choice.service }) {
        images[choice.service] = HostRendering.Image(
          text: choice.image, reference: choice.reference,
          running: chosen.running[host.name]?[choice.service])
      }
    }
    let rendering = HostRendering(
      host: host, project: project, environment: environment, services: services,
      application: application, images: images, addresses: addresses,
      secrets: values.filter { secretVariables.contains($0.key) }, variables: values)
    let files = RenderFiles(context: context)
    var placed: [String: RenderFiles.Placed] = [:]
    for request in try rendering.requests where placed[request.path] == nil {
      placed[request.path] = try await files.place(request)
    }
    return try rendering.desired(files: placed, secretKey: secretKey)
  }
}
