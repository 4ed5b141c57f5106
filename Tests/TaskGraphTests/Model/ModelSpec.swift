// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One task of a random graph as a value, and what it makes of its inputs. Both the task that runs and
// the reference that it is compared with are made from it; knows no file system.

/// What one task of a model reads and makes.
struct ModelSpec: Sendable, CustomStringConvertible {
  /// How it makes its outputs of its inputs.
  enum Shape: String, Sendable, CaseIterable {
    /// One file with everything in it.
    case whole
    /// Two files, one that names every input and one that never changes.
    case pair
    /// One file that is the same for many inputs.
    case cutoff
    /// One file for each input, found by a pattern.
    case each
    /// An executable, a link to it and an empty directory, found by a pattern.
    case linked
  }

  /// A file as a task reads or makes it.
  struct File: Hashable, Sendable {
    var text: String
    var isExecutable = false
  }

  /// What is at a path.
  enum Node: Hashable, Sendable {
    case file(File)
    case link(String)
    case directory
  }

  let name: String
  let shape: Shape
  /// Patterns of source files.
  var sources: [String]
  /// Positions of tasks whose outputs it reads.
  let needs: [Int]
  let variable: String?
  var salt: Int

  var directory: String { "out/\(name)" }

  var inputs: [String] { sources + needs.map { "out/t\($0)/*.o" } }

  var outputs: [String] {
    switch shape {
    case .whole, .cutoff: ["\(directory)/all.o"]
    case .pair: ["\(directory)/0.o", "\(directory)/1.o"]
    case .each: ["\(directory)/*.o"]
    case .linked: ["\(directory)/**"]
    }
  }

  /// The outputs for these inputs, which are sorted bytewise; nil where the task fails.
  func make(_ inputs: [(path: String, node: Node)], variable: String) -> [String: Node]? {
    var words = ["\(name) \(salt) \(variable)"]
    for (path, node) in inputs {
      switch node {
      case .file(let file):
        if file.text.contains("!") { return nil }
        words.append("\(path)\(file.isExecutable ? "*" : "")=\(file.text)")
      case .link(let target): words.append("\(path)>\(target)")
      case .directory: continue
      }
    }
    let text = Self.short(words.joined(separator: ";"))
    switch shape {
    case .whole: return ["\(directory)/all.o": .file(File(text: text))]
    case .pair:
      return [
        "\(directory)/0.o": .file(File(text: text)),
        "\(directory)/1.o": .file(File(text: "constant")),
      ]
    case .cutoff:
      return ["\(directory)/all.o": .file(File(text: "\(inputs.count) \(text.utf8.count % 2)"))]
    case .each:
      // One file is always there: a pattern whose directory is absent is an error downstream.
      var made: [String: Node] = ["\(directory)/index.o": .file(File(text: "index"))]
      for (word, input) in zip(words.dropFirst(), inputs) {
        made["\(directory)/\(Self.short(input.path)).o"] = .file(File(text: Self.short(word)))
      }
      return made
    case .linked:
      return [
        "\(directory)/all.o": .file(File(text: text, isExecutable: true)),
        "\(directory)/sub/link.o": .link("../all.o"),
        "\(directory)/void": .directory,
      ]
    }
  }

  /// A text that stands for a longer one, so that texts do not grow from task to task (FNV-1a).
  private static func short(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 36)
  }

  var description: String {
    "\(name) \(shape.rawValue) sources=\(sources) needs=\(needs) variable=\(variable ?? "-")"
  }
}
