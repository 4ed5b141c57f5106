// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an env file says, as a value. Does not know how it is written.

/// The variables of an env file, in the order of the file.
package struct EnvironmentFile: Sendable, Equatable {
  /// One variable.
  package struct Entry: Sendable, Equatable {
    /// The name.
    package let name: String
    /// The value, expanded.
    package let value: String
    /// Where the name stands.
    package let location: SourceLocation

    /// Makes an entry from its parts.
    package init(name: String, value: String, location: SourceLocation) {
      self.name = name
      self.value = value
      self.location = location
    }
  }

  /// The variables; of two of one name, the later counts.
  package let entries: [Entry]
  /// The names that the file asked the outer environment for, in order, each once.
  package let requested: [String]

  /// Makes a file from its parts.
  package init(entries: [Entry] = [], requested: [String] = []) {
    self.entries = entries
    self.requested = requested
  }
}

extension EnvironmentFile.Entry: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The name alone: values may be secrets.
  package var description: String { "\(name)=…" }
  /// The name alone: values may be secrets.
  package var debugDescription: String { description }
  /// No children: values may be secrets.
  package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
