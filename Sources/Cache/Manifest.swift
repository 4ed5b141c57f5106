// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Everything that a task's result depends on, each thing with its name. Its digest is the task's
// key; two manifests compared answer "why did this run?". It knows nothing of where entries come from.

/// All that one result depends on, by name.
///
/// Entries that are sets (inputs, environment, dependencies …) count in bytewise order of their
/// names, however they were added, so that a key depends on what is read and not on who read it first.
package struct Manifest: Sendable, Hashable, Storable {
  /// What an entry stands for; the raw value is part of every key and may never change meaning.
  package enum Field: UInt8, Sendable, CaseIterable {
    case format = 0
    case salt, kind, taskClass, platform, argument, directory, environment, secret, input
    case dependency, output, timeout, tool, setting

    /// The word for it in messages.
    package var word: String {
      switch self {
      case .format: "key format"
      case .salt: "salt"
      case .kind: "task kind"
      case .taskClass: "task class"
      case .platform: "platform"
      case .argument: "argument"
      case .directory: "directory"
      case .environment: "variable"
      case .secret: "secret"
      case .input: "file"
      case .dependency: "upstream output"
      case .output: "declared output"
      case .timeout: "timeout"
      case .tool: "tool version"
      case .setting: "setting"
      }
    }
  }

  /// One thing that the result depends on.
  package struct Entry: Sendable, Hashable, Storable {
    package let field: Field
    package let name: String
    /// A digest in hexadecimal, or a short text that is no secret.
    package let value: String

    /// Makes an entry.
    package init(_ field: Field, _ name: String, _ value: String) {
      self.field = field
      self.name = name
      self.value = value
    }

    package func write(to writer: inout RecordWriter) {
      writer.write(field.rawValue)
      writer.write(name)
      writer.write(value)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      guard let field = Field(rawValue: try reader.readByte()) else { throw .malformed }
      self.init(field, try reader.readString(), try reader.readString())
    }
  }

  /// One difference between two manifests.
  package struct Change: Sendable, Hashable, Storable {
    package let field: Field
    package let name: String
    /// nil where the entry is new.
    package let old: String?
    /// nil where the entry is gone.
    package let new: String?

    /// Makes a change.
    package init(field: Field, name: String, old: String?, new: String?) {
      self.field = field
      self.name = name
      self.old = old
      self.new = new
    }

    package func write(to writer: inout RecordWriter) {
      writer.write(field.rawValue)
      writer.write(name)
      writer.write(old)
      writer.write(new)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      guard let field = Field(rawValue: try reader.readByte()) else { throw .malformed }
      self.init(
        field: field, name: try reader.readString(), old: try reader.readOptional(),
        new: try reader.readOptional())
    }
  }

  /// Raised when the meaning of keys changes: every key of before is then a miss.
  package static let formatVersion = "sk1"

  /// The value of an entry that is not known before something else has run; occurs in plans alone.
  package static let unknown = "unknown"

  /// What was added, in the order it was added.
  package private(set) var entries: [Entry] = [Entry(.format, "", formatVersion)]

  /// Starts with the format version.
  package init() {}

  /// Adds an entry; a name may stand once in a field.
  package mutating func add(_ field: Field, _ name: String, _ value: String) {
    entries.append(Entry(field, name, value))
  }

  /// Adds an entry whose value is a digest.
  package mutating func add(_ field: Field, _ name: String, _ digest: Digest) {
    entries.append(Entry(field, name, digest.hex))
  }

  /// Adds an ordered list, each element under its position.
  package mutating func add(_ field: Field, list: [String]) {
    for (position, value) in list.enumerated() {
      entries.append(Entry(field, String(position), value))
    }
  }

  /// Adds entries that are ready made, as one growth of the list.
  package mutating func add(contentsOf more: [Entry]) {
    entries.append(contentsOf: more)
  }

  /// The same manifest without the entries of one field.
  package func without(_ field: Field) -> Manifest { keeping { $0.field != field } }

  /// The entries that `isKept` says yes to, in their order.
  package func keeping(_ isKept: (Entry) -> Bool) -> Manifest {
    var rest = self
    rest.entries.removeAll { !isKept($0) }
    return rest
  }

  private var sorted: [Entry] {
    entries.sorted { left, right in
      left.field.rawValue != right.field.rawValue
        ? left.field.rawValue < right.field.rawValue
        : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
  }

  /// SHA-256 over all entries, every part length-prefixed.
  package var key: Digest {
    var builder = DigestBuilder()
    let sorted = self.sorted
    builder.frame(UInt64(sorted.count))
    for entry in sorted {
      builder.frame(UInt64(entry.field.rawValue))
      builder.frame(entry.name)
      builder.frame(entry.value)
    }
    return builder.finalize()
  }

  /// What differs from `old`, sorted by field and name: the answer to "why did this run?".
  package func changes(since old: Manifest) -> [Change] {
    let before = old.sorted
    let after = sorted
    var changes: [Change] = []
    var left = 0
    var right = 0
    while left < before.count || right < after.count {
      let order = Self.order(
        left < before.count ? before[left] : nil, right < after.count ? after[right] : nil)
      if order < 0 {
        let entry = before[left]
        changes.append(Change(field: entry.field, name: entry.name, old: entry.value, new: nil))
        left += 1
      } else if order > 0 {
        let entry = after[right]
        changes.append(Change(field: entry.field, name: entry.name, old: nil, new: entry.value))
        right += 1
      } else {
        if before[left].value != after[right].value {
          changes.append(
            Change(
              field: before[left].field, name: before[left].name, old: before[left].value,
              new: after[right].value))
        }
        left += 1
        right += 1
      }
    }
    return changes
  }

  private static func order(_ left: Entry?, _ right: Entry?) -> Int {
    guard let left else { return 1 }
    guard let right else { return -1 }
    if left.field.rawValue != right.field.rawValue {
      return left.field.rawValue < right.field.rawValue ? -1 : 1
    }
    if left.name == right.name { return 0 }
    return left.name.utf8.lexicographicallyPrecedes(right.name.utf8) ? -1 : 1
  }

  package func write(to writer: inout RecordWriter) { writer.write(entries) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    entries = try reader.readList()
  }
}
