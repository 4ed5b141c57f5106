// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Decides what services run of the images that they name: what the environment runs already, else what
// registry, engine or hosts have. Registries are asked only for what is not known, each name once.

package import Cache
package import TaskGraph

/// Turns the names of images that others make into digests.
///
/// It must tolerate that the facts of every host are missing: one that does not answer fails alone.
package struct ImageDigests: ObserveTask {
  package typealias Output = ChosenImages

  package static let kind = "image-digests"
  package static let revision = 1

  package let id: TaskID
  /// What services name, each with what is wanted of it.
  package let images: [NamedImage]
  private let facts: [TaskRef<HostFacts>]
  /// Hosts of the environment that are not deployed to now: asked where the others know too little.
  private let others: [Host]
  /// Whether the operator's own engine is the host.
  private let isLocal: Bool
  /// Whether names are looked up as well whose images stay.
  private let looksForUpdates: Bool
  package let remembered: ChosenImages?

  /// Makes a task; it must wait for `facts`.
  ///
  /// `remembered` is what this machine knows by itself.
  package init(
    id: TaskID, images: [NamedImage], facts: [TaskRef<HostFacts>], others: [Host] = [],
    isLocal: Bool, looksForUpdates: Bool = false, remembered: ChosenImages? = nil
  ) {
    self.id = id
    self.images = images
    self.facts = facts
    self.others = others
    self.isLocal = isLocal
    self.looksForUpdates = looksForUpdates
    self.remembered = remembered
  }

  package var request: [UInt8] { [] }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {}

  package func parts(of chosen: ChosenImages) -> [Observation] {
    chosen.choices.map { Observation("image of \($0.service)", $0.image) }
  }

  package func news(of chosen: ChosenImages) -> [Difference] {
    chosen.updates.map { Difference(.image, $0.reference, from: $0.old, to: $0.new) }
  }

  package func preview(in context: TaskContext) async throws(TaskError) -> ChosenImages? {
    try await run(in: context)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> ChosenImages {
    var hosts: [HostFacts] = []
    for host in facts { if let known = try context.outputIfAny(of: host) { hosts.append(known) } }
    var kept = KeptImages(hosts)
    if images.contains(where: { !$0.isFollowed && kept.image(of: $0) == nil }) {
      // A host that is new here, or a name that is: the environment may run it elsewhere.
      hosts += await factsOfOthers(in: context)
      kept = KeptImages(hosts)
    }
    let sources = try await sources(kept, hosts, in: context)
    var chosen = ChosenImages(
      try images.map { (named) throws(TaskError) in
        let image =
          named.isFollowed
          ? try sources.newest(named.reference)
          : kept.image(of: named) ?? sources.first(named.reference)
        return ChosenImages.Choice(
          service: named.service, reference: named.reference, image: image)
      })
    chosen.running = Self.running(chosen, hosts)
    if looksForUpdates { chosen.updates = updates(chosen, sources) }
    chosen.notes = sources.notes(on: chosen)
    return chosen
  }

  private func factsOfOthers(in context: TaskContext) async -> [HostFacts] {
    await withTaskGroup(of: HostFacts?.self) { group in
      for host in others {
        group.addTask {
          do throws(TaskError) {
            return try await HostFactsTask(host)
              .run(in: context)
          } catch {
            context.log("`\(host.name)` was not asked what it runs: \(error.message)")
            return nil
          }
        }
      }
      var found: [HostFacts] = []
      for await facts in group { if let facts { found.append(facts) } }
      return found
    }
  }

  /// Asks whoever has to be asked.
  private func sources(
    _ kept: KeptImages, _ hosts: [HostFacts], in context: TaskContext
  ) async throws(TaskError) -> ImageSources {
    var sources = ImageSources(hosts: hosts, isLocal: isLocal)
    let asked = images.filter { named in
      if named.isFollowed || looksForUpdates { return true }
      // As Docker does: what the engine has under a name needs no registry.
      return kept.image(of: named) == nil && !(isLocal && sources.isOnHost(named.reference))
    }
    sources.registry = try await RegistryQuestions(context: context)
      .answers(to: Set(asked.map(\.reference)))
    let open = sources.registry.filter { if case .silent = $0.value { true } else { false } }.keys
    if !isLocal, !open.isEmpty {
      do throws(TaskError) {
        sources.engine = try await EngineImages.list(
          open.map(ImagePresence.familiar).sorted(), in: context)
      } catch {
        // Who deploys to hosts may have no engine at all.
        context.log("no engine here was asked: \(error.message)")
      }
    }
    return sources
  }

  /// What containers were started as that run what was chosen, where all of a service do.
  private static func running(
    _ chosen: ChosenImages, _ hosts: [HostFacts]
  ) -> [String: [String: String]] {
    var running: [String: [String: String]] = [:]
    for host in hosts {
      for choice in chosen.choices {
        let own = host.containers.filter { $0.service == choice.service && !$0.isOneOff }
        guard let first = own.first, !first.spec.isEmpty,
          let id = ImagePresence.id(of: choice.image, host),
          own.allSatisfy({ $0.image == id && $0.spec == first.spec })
        else { continue }
        running[host.host, default: [:]][choice.service] = first.spec
      }
    }
    return running
  }

  private func updates(_ chosen: ChosenImages, _ sources: ImageSources) -> [ChosenImages.Update] {
    let updates = chosen.choices.compactMap { choice -> ChosenImages.Update? in
      // Of a name that nobody answers for, nothing newer is known.
      guard let new = try? sources.newest(choice.reference), new != choice.image,
        NamedImage.isPinned(choice.image)
      else { return nil }
      return ChosenImages.Update(reference: choice.reference, old: choice.image, new: new)
    }
    return Set(updates).sorted { ($0.reference, $0.old) < ($1.reference, $1.old) }
  }
}
