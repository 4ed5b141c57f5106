// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an effect would change in the world, one part at a time: data for plans. Sentences about it are
// made in DifferenceFormat.

/// One part of the world as it is and as an effect would make it.
///
/// Holds no secret: where a value may be one, both sides are digests with this machine's key.
package struct Difference: Sendable, Hashable, Codable {
  /// What kind of part it is.
  package enum Subject: String, Sendable, Hashable, Codable {
    /// The image that runs, or that a name stands for.
    case image
    /// A variable of a container, its values as keyed digests.
    case variable
    /// A file that is mounted, its content as a digest.
    case file
    /// A port that is published.
    case port
    /// Any other setting of a service, its values as keyed digests.
    case setting
    /// Something that it has of another service, as ``the network of `vpn` ``, as a digest.
    case shared
    /// Something that is there and should not be, or the reverse.
    case container, release, migration, tag
  }

  /// The kind and the name, as people read it: `variable ROUND`, and `image` where there is only one.
  package static func label(_ subject: Subject, _ name: String) -> String {
    name.isEmpty ? subject.rawValue : subject.rawValue + " " + name
  }

  package let subject: Subject
  /// Which one of its kind; empty where there is only one.
  package let name: String
  /// nil where it is not there yet.
  package let old: String?
  /// nil where it goes away.
  package let new: String?

  /// Makes a difference.
  package init(_ subject: Subject, _ name: String = "", from old: String?, to new: String?) {
    self.subject = subject
    self.name = name
    self.old = old
    self.new = new
  }
}

/// One part of what an observation saw, comparable with what another one saw.
package struct Observation: Sendable, Hashable, Codable {
  /// Which part: `container shop-web-1`.
  package let part: String
  /// Its state in words or as a digest; no secret.
  package let value: String

  /// Makes a value.
  package init(_ part: String, _ value: String) {
    self.part = part
    self.value = value
  }
}
