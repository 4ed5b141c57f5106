// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a name of an image stands for, from the answers of all who were asked: registries first, then
// whoever has the bytes. Pure.

import TaskGraph

/// The answers of all who were asked for images.
struct ImageSources {
  /// What hosts say of themselves.
  let hosts: [HostFacts]
  /// Whether the operator's own engine is the host.
  let isLocal: Bool
  /// What registries said, by reference.
  var registry: [String: RegistryAnswer] = [:]
  /// What the operator's engine has.
  var engine = EngineImageList([])

  /// Whether a host has an image under that name.
  func isOnHost(_ reference: String) -> Bool { copy(of: reference) != nil }

  /// What a name stands for where nothing was deployed under it yet; the name where nobody knows.
  ///
  /// A copy with a digest came from a registry that does not answer here and may answer hosts; one
  /// without is all that there is of an image.
  func first(_ reference: String) -> String {
    if isLocal, let copy = copy(of: reference) { return copy }
    if case .digest(let digest) = registry[reference] { return "\(reference)@\(digest)" }
    let held = copy(of: reference)
    if let held, !held.hasPrefix("sha256:") { return held }
    return engineCopy(of: reference) ?? held ?? reference
  }

  /// What a name stands for now; throws where the registry that has to know does not say.
  func newest(_ reference: String) throws(TaskError) -> String {
    if case .digest(let digest) = registry[reference] { return "\(reference)@\(digest)" }
    let copy = isLocal ? copy(of: reference) : engineCopy(of: reference)
    if let copy, copy.hasPrefix("sha256:") { return copy }
    let server = ImageReference(reference).registry
    var words: [String] = []
    if case .silent(let said) = registry[reference] { words = [said] }
    throw TaskError(
      .unavailable(server), "registry `\(server)` does not say what `\(reference)` is now",
      hint: "with `images: keep` and without `--update-images` what runs stays as it is",
      logTail: words)
  }

  /// What is worth knowing of names whose image nobody could tell for certain.
  func notes(on chosen: ChosenImages) -> [String] {
    let unsure = chosen.choices.filter { registry[$0.reference] != nil }
    return Set(unsure.map(\.reference)).sorted().compactMap { reference in
      guard case .silent = registry[reference],
        let image = unsure.first(where: { $0.reference == reference })?.image
      else { return nil }
      let server = ImageReference(reference).registry
      if image == reference {
        return "`\(reference)` is pulled by name: `\(server)` does not say here what it is"
      }
      guard !isLocal, image.hasPrefix("sha256:"), engineCopy(of: reference) != image,
        let host = hosts.first(where: { ImagePresence.id(of: reference, $0) == image })?.host
      else { return nil }
      return "`\(reference)` is what `\(host)` has under that name: nobody else has it"
    }
  }

  /// What the first host that has the name knows it by; one with a digest before one without.
  private func copy(of reference: String) -> String? {
    let found = hosts.compactMap { facts in
      ImagePresence.id(of: reference, facts).map {
        KeptImages.pinned(reference, id: $0, facts)
      }
    }
    return found.first { !$0.hasPrefix("sha256:") } ?? found.first
  }

  private func engineCopy(of reference: String) -> String? {
    let name = ImagePresence.familiar(reference)
    guard let image = engine.image(named: name) else { return nil }
    let prefix = ImageReference(name).repository + "@"
    return image.repositoryDigests.first { $0.hasPrefix(prefix) }.map {
      "\(reference)@\($0.dropFirst(prefix.count))"
    } ?? image.id
  }
}
