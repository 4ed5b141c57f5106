// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The parts of an image's name, by the rules that Docker itself splits it.

/// An image's name: repository and tag.
package struct ImageReference: Sendable, Hashable, CustomStringConvertible {
  /// Everything before the tag, registry host included.
  package let repository: String
  package let tag: String

  /// Splits `text`; a name without a tag has `latest`.
  ///
  /// A digest is left out.
  package init(_ text: String) {
    let name = text.split(separator: "@", maxSplits: 1).first.map(String.init) ?? text
    // A colon after the last slash begins the tag; one before it belongs to a port.
    if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
      repository = String(name[..<colon])
      tag = String(name[name.index(after: colon)...])
    } else {
      repository = name
      tag = "latest"
    }
  }

  /// Puts a name together.
  package init(repository: String, tag: String) {
    self.repository = repository
    self.tag = tag
  }

  package var description: String { "\(repository):\(tag)" }

  /// Whether the first part names a registry: it has a dot or a port, or is `localhost`.
  package var hasRegistry: Bool {
    guard let slash = repository.firstIndex(of: "/") else { return false }
    let first = repository[..<slash]
    return first.contains(".") || first.contains(":") || first == "localhost"
  }

  /// The registry that it is asked of.
  package var registry: String {
    hasRegistry ? String(repository.prefix { $0 != "/" }) : "docker.io"
  }
}
