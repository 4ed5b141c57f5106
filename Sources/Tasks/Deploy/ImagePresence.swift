// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Decides from the facts of a host whether it has an image, whatever form its name is written in.
// Asks nobody.

/// Whether a host has an image.
package enum ImagePresence {
  /// Whether `facts` show `image`: an id, `repository@sha256:…`, or a name, with or without what
  /// Docker adds by itself.
  package static func has(_ image: String, _ facts: HostFacts) -> Bool {
    if facts.images.contains(image) { return true }
    let wanted = familiar(image)
    return facts.images.contains { familiar($0) == wanted }
  }

  /// The id of an image on the host; nil where it has none of that name.
  package static func id(of image: String, _ facts: HostFacts) -> String? {
    if image.hasPrefix("sha256:") { return facts.images.contains(image) ? image : nil }
    return facts.imageIDs[familiar(image)]
  }

  /// The digest that a registry knows an image by, in the repository of `reference`; nil where the host
  /// does not have it from there.
  package static func digest(
    of id: String, in reference: String, _ facts: HostFacts
  ) -> String? {
    let prefix = ImageReference(familiar(reference)).repository + "@"
    return facts.imageIDs.filter { $0.value == id && $0.key.hasPrefix(prefix) }.keys.min().map {
      String($0.dropFirst(prefix.count))
    }
  }

  /// The name as Docker shows it: without its default registry, with its default tag.
  package static func familiar(_ image: String) -> String {
    if image.hasPrefix("sha256:") { return image }
    var name = image[...]
    for prefix in ["docker.io/", "index.docker.io/"] where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
      break
    }
    if name.hasPrefix("library/") { name = name.dropFirst("library/".count) }
    let reference = ImageReference(String(name))
    if let at = name.firstIndex(of: "@") {
      // A digest says all: a tag beside it is a remark.
      return reference.repository + name[at...]
    }
    return reference.description
  }
}
