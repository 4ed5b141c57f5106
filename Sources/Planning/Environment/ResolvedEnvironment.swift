// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The variables a run sees: an env file under the process environment. Remembers which names were
// asked for and never shows a value.

/// An environment made from an env file and the process environment.
package struct ResolvedEnvironment: Sendable {
  /// Where a value comes from.
  package enum Origin: Sendable, Equatable {
    /// The environment that the program was started with.
    case process
    /// The env file, at this place.
    case file(SourceLocation)
  }

  private struct Value: Sendable {
    let text: String
    let origin: Origin
  }

  /// The names: those of the env file in its order, then the others sorted.
  package let names: [String]
  private let values: [String: Value]
  private var asked: Set<String> = []

  /// Makes an environment in which the process's values win over the file's.
  package init(file: EnvironmentFile = EnvironmentFile(), process: [String: String]) {
    var values: [String: Value] = [:]
    var names: [String] = []
    for entry in file.entries {
      if values.updateValue(
        Value(text: entry.value, origin: .file(entry.location)), forKey: entry.name) == nil
      {
        names.append(entry.name)
      }
    }
    for name in process.keys.sorted() {
      guard let text = process[name] else { continue }
      if values.updateValue(Value(text: text, origin: .process), forKey: name) == nil {
        names.append(name)
      }
    }
    self.names = names
    self.values = values
  }

  /// The value of a variable, without remembering the question.
  package subscript(name: String) -> String? { values[name]?.text }

  /// Where the value of a variable comes from.
  package func origin(of name: String) -> Origin? { values[name]?.origin }

  /// The value of a variable; the name is remembered even when there is none.
  package mutating func request(_ name: String) -> String? {
    asked.insert(name)
    return values[name]?.text
  }

  /// The names that were requested, sorted.
  package var requested: [String] { asked.sorted() }

  /// All variables by name, for starting a program.
  package var all: [String: String] { values.mapValues(\.text) }
}

extension ResolvedEnvironment: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The names alone: values may be secrets.
  package var description: String { "environment of \(values.count) variables" }
  /// The names alone: values may be secrets.
  package var debugDescription: String { description }
  /// The names alone: values may be secrets.
  package var customMirror: Mirror { Mirror(self, children: ["names": names]) }
}
