// SPDX-License-Identifier: AGPL-3.0-or-later
//
// An image that a service names and this project does not build, and what is to become of its name: a
// tag may stand for other bytes tomorrow. Values; ask nobody.

package import Cache

/// When a name is looked up anew.
package enum ImagePolicy: String, Sendable, Hashable, CaseIterable {
  /// What was deployed first stays until the name in the Compose file changes or somebody asks.
  case keep
  /// What the registry has now, at each deploy.
  case follow
  /// Never: hosts pull by name.
  case off
}

/// An image that a service names.
package struct NamedImage: Sendable, Hashable {
  /// The Compose service.
  package let service: String
  /// As the Compose file has it.
  package let reference: String
  /// Whether the name is looked up anew now.
  package let isFollowed: Bool

  /// Makes a value.
  package init(service: String, reference: String, isFollowed: Bool = false) {
    self.service = service
    self.reference = reference
    self.isFollowed = isFollowed
  }

  /// Whether a name can come to stand for another image: one with a digest and an id cannot.
  package static func isMovable(_ reference: String) -> Bool {
    !reference.contains("@") && !reference.hasPrefix("sha256:")
  }

  /// Whether an image that runs is one that stays the same: by digest or id.
  package static func isPinned(_ image: String) -> Bool { !isMovable(image) }
}

/// What services run of the images that they name.
package struct ChosenImages: Storable, Hashable {
  /// What one service runs.
  package struct Choice: Storable, Hashable {
    package let service: String
    /// As the Compose file has it.
    package let reference: String
    /// `name:tag@sha256:…`; `sha256:…` where no registry has it; the name where nobody knows.
    package let image: String

    /// Makes a value.
    package init(service: String, reference: String, image: String) {
      self.service = service
      self.reference = reference
      self.image = image
    }

    package func write(to writer: inout RecordWriter) {
      for text in [service, reference, image] { writer.write(text) }
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      service = try reader.readString()
      reference = try reader.readString()
      image = try reader.readString()
    }
  }

  /// A name that stands for something newer than what runs.
  package struct Update: Sendable, Hashable {
    package let reference: String
    package let old: String
    package let new: String

    /// Makes a value.
    package init(reference: String, old: String, new: String) {
      self.reference = reference
      self.old = old
      self.new = new
    }
  }

  /// Sorted by service.
  package let choices: [Choice]
  /// By host and service, what the containers were started as that run the chosen image already; not
  /// compared.
  package var running: [String: [String: String]] = [:]
  /// Sorted by reference; not compared.
  package var updates: [Update] = []
  /// What a person should know of how they were chosen; not compared.
  package var notes: [String] = []

  /// Makes a value.
  package init(_ choices: [Choice]) { self.choices = choices.sorted { $0.service < $1.service } }

  /// What `named` were in releases that are remembered; what is not known stays a name.
  package init(_ named: [NamedImage], keptIn releases: [KnownRelease]) {
    let kept = KeptImages(releases)
    self.init(
      named.map { one in
        Choice(
          service: one.service, reference: one.reference,
          image: kept.image(of: one) ?? one.reference)
      })
  }

  /// What one service runs; nil where it names no such image.
  package func choice(of service: String) -> Choice? { choices.first { $0.service == service } }

  package func write(to writer: inout RecordWriter) { writer.write(choices) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    choices = try reader.readList()
  }
}
