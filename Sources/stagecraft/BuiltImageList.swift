// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The images that a build has to show, for machine output.

import Cache
import TaskGraph
import Tasks

/// The images of a build.
struct BuiltImageList: Sendable {
  /// One image.
  struct Image: Sendable {
    let service: String
    /// As the engine names it.
    let id: String
    let references: [String]
    /// `repository@sha256:…`; nil where it was not pushed.
    let pushed: String?
  }

  /// Sorted by service.
  let images: [Image]

  /// Picks the images out of what effects produced.
  init(_ effects: [TaskID: any Storable]) {
    var images: [Image] = []
    for (id, value) in effects {
      guard let built = value as? BuiltImage else { continue }
      let service = id.text.split(separator: "/").dropFirst().dropLast().joined(separator: "/")
      let push = effects[TaskID("image/\(service)/push")] as? PushedImage
      images.append(
        Image(
          service: service, id: built.id, references: built.references,
          pushed: push?.digestReference))
    }
    self.images = images.sorted { $0.service.utf8.lexicographicallyPrecedes($1.service.utf8) }
  }
}

extension JSONWriter {
  /// Adds the images to the object that is being written.
  mutating func write(images list: BuiltImageList) {
    key("images")
    array { writer in
      for image in list.images {
        writer.object { writer in
          writer.member("service", image.service)
          writer.member("id", image.id)
          writer.member("references", list: image.references)
          writer.member("digest", image.pushed)
        }
      }
    }
  }
}
