// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A description of what a section may hold: what the reader checks, the JSON schema that editors read
// and the pages of docs/reference say the same, since all come from here. Knows no section by name.

/// What a node may be.
indirect enum Schema: Sendable {
  /// One key of a record.
  struct Field: Sendable {
    /// The key.
    let name: String
    /// What its value may be.
    let schema: Schema
    /// Whether the key must be there.
    let isRequired: Bool
    /// What it is for: a clause in lower case, without a full stop.
    let about: String
    /// The value that counts where the key is left out, as it would be written; nil where that is no
    /// single value.
    let fallback: String?
    /// A value as somebody might write it; nil where any value of the kind shows enough.
    let example: String?
    /// The command that gives the key a meaning; nil for a key that has one.
    let arrivesWith: String?

    /// A key that may be left out.
    init(
      _ name: String, _ schema: Schema, _ about: String = "", default fallback: String? = nil,
      example: String? = nil, arrivesWith: String? = nil
    ) {
      self.init(
        name, schema, about, isRequired: false, fallback: fallback, example: example,
        arrivesWith: arrivesWith)
    }

    /// A key that must be there.
    static func required(
      _ name: String, _ schema: Schema, _ about: String = "", example: String? = nil
    ) -> Field {
      Field(
        name, schema, about, isRequired: true, fallback: nil, example: example, arrivesWith: nil)
    }

    private init(
      _ name: String, _ schema: Schema, _ about: String, isRequired: Bool, fallback: String?,
      example: String?, arrivesWith: String?
    ) {
      self.name = name
      self.schema = schema
      self.isRequired = isRequired
      self.about = about
      self.fallback = fallback
      self.example = example
      self.arrivesWith = arrivesWith
    }
  }

  /// What the keys of a mapping may be, where the author chooses them.
  enum Key: Sendable {
    /// Letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
    case name
    /// The name of an environment variable.
    case variable
    /// An ssh destination.
    case host
  }

  /// Anything at all.
  case any
  /// Nothing: the key alone.
  case nothing
  /// A text that is not empty.
  case text
  /// A text that may be empty, where that says something.
  case emptiableText
  /// A name: letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
  case name
  /// A path that stays in the project.
  case path
  /// A path or glob; `!` before it takes away, where that is allowed.
  case pattern(allowsExclusion: Bool)
  /// The name of an environment variable.
  case variableName
  /// `NAME`, or `NAME=value`.
  case variableEntry
  /// An ssh destination.
  case host
  /// A whole number.
  case integer(minimum: Int, maximum: Int?)
  /// `true` or `false`.
  case boolean
  /// One of some texts.
  case oneOf([String])
  /// A length of time; `0s` where it may be none.
  case duration(allowZero: Bool)
  /// A number of bytes.
  case size
  /// A program with its arguments, or a text for `sh -c`.
  case command
  /// A program with its arguments.
  case arguments
  /// A number of hosts or a share of them.
  case share
  /// A list.
  case list(Schema)
  /// A list that has everything once, and something where it must not be empty.
  case set(Schema, minimum: Int = 0)
  /// A mapping from keys that the author chooses.
  case keyed(Key, Schema)
  /// A mapping from environment variable names to texts.
  case variables
  /// A mapping with known keys; of those in `exclusive` only one may be there, `pairs` has keys that ask
  /// for another, and where `others` is given, other keys may stand beside them.
  case record(
    [Field], others: Schema? = nil, exclusive: [String] = [], pairs: [String: String] = [:])
  /// A choice among providers: `provider` names one, `providers` has the sections; more keys may
  /// stand beside them.
  case providers([Field], beside: [Field] = [])
  /// One of several forms.
  case choice([Schema])
  /// Read and checked by a reader of its own.
  case apart(Schema)

  /// A whole number that is a TCP port.
  static var port: Schema { .integer(minimum: 1, maximum: 65535) }

  /// A mapping from names that the author chooses.
  static func names(_ value: Schema) -> Schema { .keyed(.name, value) }
}
