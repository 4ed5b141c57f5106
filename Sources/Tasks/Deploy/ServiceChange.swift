// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The step that brings a service to what it is to be: of a service's steps the one whose key and whose
// place in a plan say part by part what changes.

package import Cache
package import TaskGraph

/// An effect that starts the containers of a service as they are to be.
package protocol ServiceChange: ServiceEffect {}

extension ServiceChange {
  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    try describeService(into: &manifest, in: context)
    manifest.add(contentsOf: try parts(in: context).entries)
  }

  /// What the service is to be; its image unsettled where that is yet to be built.
  private func parts(in context: TaskContext) throws(TaskError) -> ServiceParts {
    let desired = try context.output(of: site.desired)
    let parts =
      desired.parts[service]
      ?? ServiceParts([.init(.image): desired.service(service)?.image ?? ""])
    return desired.isImageSettled(of: service) ? parts : parts.withUnsettledImage()
  }

  package func differences(since last: Manifest?, in context: TaskContext) -> [Difference] {
    guard let desired = context.assumed(site.desired), let new = try? parts(in: context) else {
      // Nothing is known of it: what it would change is not, either.
      return []
    }
    guard let facts = context.settled(site.facts) else {
      return new.differences(from: last.flatMap { ServiceParts(in: $0) })
    }
    // A service that is not wanted there has nothing to differ from; the run itself says so.
    guard
      let view = try? ServiceView(
        service, desired: desired, facts: facts, leaving: site.leaving)
    else { return [] }
    if view.service.replicas == 0 {
      return view.leaving.map { Difference(.container, $0.name, from: $0.state, to: nil) }
    }
    guard let running = view.old.first(where: { !view.kept.contains($0) }) else {
      // What runs is as it should be, but too few of it or not well; or there is none.
      return view.current.isEmpty ? new.differences(from: nil) : []
    }
    if let held = facts.manifest, held.specs[service] == running.spec,
      held.partsKey == desired.partsKey, let old = held.parts?[service]
    {
      return new.differences(from: old)
    }
    return [
      Difference(.image, from: running.image, to: new.values[.init(.image)]),
      Difference(.setting, "all others", from: "not comparable", to: "as this machine has them"),
    ]
  }
}
