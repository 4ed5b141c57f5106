// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What this program needs of a Compose application, as Compose itself resolved it. Holds no service
// environment: that may be secret, and this value is stored.

package import Cache

/// A service of a Compose application.
package struct ComposeService: Storable, Hashable {
  package let name: String
  /// The image's name as written; nil where Compose makes one up.
  package let image: String?
  /// How its image is built; nil where it is pulled.
  package let build: ImageSpec?

  /// Makes a service.
  package init(name: String, image: String?, build: ImageSpec?) {
    self.name = name
    self.image = image
    self.build = build
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(name)
    writer.write(image)
    writer.write(build)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    name = try reader.readString()
    image = try reader.readOptional()
    build = try reader.readOptional()
  }
}

/// A Compose application.
package struct ComposeModel: Storable, Hashable {
  /// Sorted by name.
  package let services: [ComposeService]
  /// Keys below `build:` that have no equivalent in a build of ours, as `service.key`.
  package let unsupported: [String]

  /// Makes a model.
  package init(services: [ComposeService], unsupported: [String] = []) {
    self.services = services.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.unsupported = unsupported
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(services)
    writer.write(unsupported)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    services = try reader.readList()
    unsupported = try reader.readList()
  }
}
