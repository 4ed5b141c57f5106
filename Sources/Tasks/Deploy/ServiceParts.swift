// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one service of a host is, part by part, each with a value that may be shown: so that a plan can
// say which variable, file or port changes and not only that something does. Pure.

package import Cache
package import TaskGraph
import YAML

/// What a service is, part by part: image, variables, files, ports, settings.
///
/// Whatever may hold a secret is a digest with this machine's key.
package struct ServiceParts: Sendable, Hashable, Codable {
  /// What a part is called.
  package struct Part: Sendable, Hashable {
    package let subject: Difference.Subject
    package let name: String

    /// Names a part.
    package init(_ subject: Difference.Subject, _ name: String = "") {
      self.subject = subject
      self.name = name
    }
  }

  /// The value of a part that is known only when something was built first.
  package static let unsettled = Manifest.unknown

  package private(set) var values: [Part: String]

  /// Parts with these values.
  package init(_ values: [Part: String]) { self.values = values }

  /// The parts of a section of a Compose file that has all its values, with the definitions of what it
  /// uses.
  init(
    _ section: YAMLValue, _ definitions: [String: [String: RenderResources.Definition]],
    filesBelow directory: String, key: [UInt8]
  ) {
    values = [:]
    func keyed(_ value: YAMLValue) -> String {
      Digest.keyed(YAMLWriter.bytes(value.sortingKeys()), by: key).hex
    }
    for (name, value) in section.entries {
      switch name {
      case "image": values[Part(.image)] = value.text ?? ""
      case "depends_on": break
      case "environment":
        for variable in value.entries {
          values[Part(.variable, variable.key)] = keyed(variable.value)
        }
      case "ports":
        for port in value.elements { values[Part(.port, Self.port(port))] = "published" }
      case "labels":
        let labels = value.entries.filter { !$0.key.hasPrefix("dev.stagecraft.") }
        if !labels.isEmpty { values[Part(.setting, name)] = keyed(.mapping(labels)) }
      case "volumes":
        var rest: [YAMLValue] = []
        for mount in value.elements {
          guard let source = mount["source"]?.text, source.hasPrefix(directory + "/files/"),
            let target = mount["target"]?.text
          else {
            rest.append(mount)
            continue
          }
          values[Part(.file, target)] = keyed(mount)
        }
        if !rest.isEmpty { values[Part(.setting, name)] = keyed(.sequence(rest)) }
      default: values[Part(.setting, name)] = keyed(value)
      }
    }
    for (kind, named) in definitions where kind == "secrets" || kind == "configs" {
      for (name, definition) in named {
        var whole = definition.section
        whole["value"] = definition.value.map { .string($0) } ?? .null
        values[Part(.file, "\(kind.dropLast()) \(name)")] = keyed(whole)
      }
    }
  }

  /// Adds that the service lives in the container of another, which `digest` stands for.
  mutating func add(_ tie: ServiceTie, digest: String) {
    values[Part(.shared, tie.what)] = digest
  }

  /// `127.0.0.1:8080:80/tcp`.
  private static func port(_ port: YAMLValue) -> String {
    guard !port.entries.isEmpty else { return port.text ?? "" }
    var text = ""
    if let address = port["host_ip"]?.text { text += address + ":" }
    if let published = port["published"]?.text { text += published + ":" }
    return text + (port["target"]?.text ?? "?") + "/" + (port["protocol"]?.text ?? "tcp")
  }

  /// The same with an image that is not known yet.
  func withUnsettledImage() -> ServiceParts {
    var copy = self
    copy.values[Part(.image)] = Self.unsettled
    return copy
  }

  /// What changes from `old` to this, images first.
  package func differences(from old: ServiceParts?) -> [Difference] {
    let before = old?.values ?? [:]
    let names = Set(values.keys).union(before.keys).sorted { left, right in
      left.subject != right.subject
        ? Self.rank(left.subject) < Self.rank(right.subject)
        : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
    return names.compactMap { part in
      guard before[part] != values[part] else { return nil }
      return Difference(
        part.subject, part.name, from: before[part].map { Self.shown($0, part) },
        to: values[part].map { Self.shown($0, part) })
    }
  }

  private static func shown(_ value: String, _ part: Part) -> String {
    part.subject == .image && value == unsettled ? "built first" : value
  }

  private static func rank(_ subject: Difference.Subject) -> Int {
    switch subject {
    case .image: 0
    case .variable: 1
    case .file: 2
    case .port: 3
    default: 4
    }
  }

  // MARK: as entries of a manifest

  /// What a key says of the parts, so that `why` can name the one that changed.
  package var entries: [Manifest.Entry] {
    values.map { part, value in
      switch part.subject {
      case .variable: Manifest.Entry(.environment, part.name, value)
      case .setting: Manifest.Entry(.setting, part.name, value)
      default:
        Manifest.Entry(.setting, Difference.label(part.subject, part.name), value)
      }
    }
  }

  /// The parts that a manifest names; nil where it names none.
  package init?(in manifest: Manifest) {
    values = [:]
    for entry in manifest.entries {
      switch entry.field {
      case .environment: values[Part(.variable, entry.name)] = entry.value
      case .setting: values[Self.part(entry.name)] = entry.value
      default: break
      }
    }
    if values[Part(.image)] == nil { return nil }
  }

  /// Names of settings hold no white space, and those of other parts come after their kind.
  private static func part(_ text: String) -> Part {
    if text == "image" { return Part(.image) }
    for subject in [Difference.Subject.file, .port, .shared]
    where text.hasPrefix(subject.rawValue + " ") {
      return Part(subject, String(text.dropFirst(subject.rawValue.utf8.count + 1)))
    }
    return Part(.setting, text)
  }

  // MARK: as JSON

  package init(from decoder: any Decoder) throws {
    let named = try [String: String](from: decoder)
    values = Dictionary(
      named.map { text, value in
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        let subject = Difference.Subject(rawValue: words[0]) ?? .setting
        return (Part(subject, words.count > 1 ? words[1] : ""), value)
      }, uniquingKeysWith: { first, _ in first })
  }

  package func encode(to encoder: any Encoder) throws {
    try Dictionary(
      values.map { part, value in ("\(part.subject.rawValue) \(part.name)", value) },
      uniquingKeysWith: { first, _ in first }
    ).encode(to: encoder)
  }
}
