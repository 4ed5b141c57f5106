// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which images of a deploy are made by others, and which of their names are looked up anew. Pure:
// asks no registry.

import Cache
import Tasks

/// Chooses what is done about images that others make.
struct ImageSelection {
  /// What the environment says.
  let policy: ImagePolicy
  /// Services or images that a person asks to be looked up, as globs.
  let updates: [String]
  /// The services that are deployed now; of others nothing is looked up.
  let deployed: Set<String>

  /// The images that `services` name, as far as their names may come to stand for something else.
  ///
  /// Throws what asks for an image that is not among them.
  func images(of services: [ComposeService]) throws(ProjectError) -> [NamedImage] {
    let named = services.filter { service in
      guard let image = service.image else { return false }
      return NamedImage.isMovable(image)
    }
    let asked = try updates.map { (text) throws(ProjectError) in
      (text, try Self.names(text, among: named))
    }
    let wanted = Set(asked.flatMap(\.1))
    return named.compactMap { service in
      guard let image = service.image else { return nil }
      let isDeployed = deployed.contains(service.name)
      if isDeployed, wanted.contains(service.name) {
        return NamedImage(service: service.name, reference: image, isFollowed: true)
      }
      guard policy != .off, service.pullPolicy != "never" else { return nil }
      let isFollowed = policy == .follow || service.pullPolicy == "always"
      return NamedImage(
        service: service.name, reference: image, isFollowed: isDeployed && isFollowed)
    }
  }

  /// The services that `text` names, by themselves or by their image.
  private static func names(
    _ text: String, among services: [ComposeService]
  ) throws(ProjectError) -> [String] {
    let found: [String]
    do throws(GlobError) {
      let glob = try Glob(patterns: [text])
      found = services.filter { service in
        text == "*" || glob.matches(service.name) || service.image.map(glob.matches) == true
      }.map(\.name)
    } catch {
      throw ProjectError(
        Diagnostic(
          .stated(
            id: "update-images", message: "`--update-images` takes a pattern: \(error)", hint: nil))
      )
    }
    if !found.isEmpty || text == "*" { return found }
    let known = services.map(\.name)
    throw ProjectError(
      Diagnostic(
        .stated(
          id: "update-images",
          message: "`--update-images` names `\(text)`, which is no service whose image others make",
          hint: Suggestion.nearest(to: text, among: known).map { "did you mean `\($0)`?" }
            ?? (known.isEmpty
              ? "every image of this environment is built here or has a digest"
              : "they are " + known.map { "`\($0)`" }.joined(separator: ", ")))))
  }
}
