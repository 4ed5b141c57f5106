// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a project of the model is at one moment, in memory: its tasks, sources and variables. Says from
// them alone what a right run would leave; knows no engine.

/// A project as it should be.
struct ModelProject: Sendable {
  /// What a task comes to, evaluated from scratch.
  enum Expected: Sendable, Equatable {
    case made([String: ModelSpec.Node])
    case failed
    case skipped
  }

  var tasks: [ModelSpec]
  var sources: [String: ModelSpec.File]
  var variables: [String: String] = ["ONE": "1", "TWO": "2"]
  /// Raised where the effect is to carry out something else.
  var deploySalt = 0
  /// Positions of the tasks whose outputs the effect brings into the world.
  let deployed: [Int]

  /// Every task evaluated from scratch, and the identity of everything that each result rests on.
  func evaluate() -> [(expected: Expected, basis: String)] {
    var results: [(expected: Expected, basis: String)] = []
    for task in tasks {
      var inputs: [(path: String, node: ModelSpec.Node)] = []
      var basis = ["\(task.salt)", task.variable.flatMap { variables[$0] } ?? "-"]
      for (path, file) in sources where task.sources.contains(where: { Self.matches($0, path) }) {
        inputs.append((path, .file(file)))
      }
      var isReady = true
      for need in task.needs {
        guard case .made(let files) = results[need].expected else {
          isReady = false
          continue
        }
        basis.append(Self.text(files))
        // What a `*` reads is one level deep.
        for (path, node) in files where path.split(separator: "/").count == 3 {
          if path.hasSuffix(".o") { inputs.append((path, node)) }
        }
      }
      inputs.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
      basis.append(Self.text(Dictionary(inputs, uniquingKeysWith: { old, _ in old })))
      let variable = task.variable.flatMap { variables[$0] } ?? "-"
      let isComplete = task.sources.allSatisfy { $0.hasSuffix("*.txt") || sources[$0] != nil }
      let made = isReady && isComplete ? task.make(inputs, variable: variable) : nil
      let expected: Expected = isReady ? made.map(Expected.made) ?? .failed : .skipped
      results.append((expected, basis.joined(separator: "|")))
    }
    return results
  }

  /// What the world should be; nil where an output that it needs cannot be had.
  func desired(_ results: [(expected: Expected, basis: String)]) -> String? {
    var words = ["\(deploySalt)"]
    for position in deployed {
      guard case .made(let files) = results[position].expected else { return nil }
      for (path, node) in files.sorted(by: { $0.key < $1.key }) {
        if path.hasSuffix(".o"), path.split(separator: "/").count == 3, case .file(let file) = node
        {
          words.append("\(path)=\(file.text)")
        }
      }
    }
    return words.joined(separator: ";")
  }

  /// Files as the listing of a tree has them.
  static func listing(_ files: [String: ModelSpec.Node]) -> [String: String] {
    files.mapValues { node in
      switch node {
      case .file(let file): "\(file.isExecutable ? "755" : "644") \(file.text)"
      case .link(let target): "link \(target)"
      case .directory: "directory"
      }
    }
  }

  private static func text(_ files: [String: ModelSpec.Node]) -> String {
    listing(files).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }

  /// Whether a source pattern, which is a path or ends in `*.txt`, names a path.
  private static func matches(_ pattern: String, _ path: String) -> Bool {
    guard pattern.hasSuffix("*.txt") else { return pattern == path }
    let directory = pattern.dropLast(5)
    return path.hasPrefix(directory) && path.hasSuffix(".txt")
      && !path.dropFirst(directory.count).contains("/")
  }
}
