// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Finds every file and variable that a Compose configuration depends on, following includes and
// extensions. Reads through a closure, so it is a pure function; listing too much is harmless,
// listing too little is not.

import YAML

/// The search for what a Compose configuration refers to.
package struct ComposeReferenceFinder {
  /// A Compose file to look into and the directory its paths start at.
  private struct Visit: Hashable {
    let path: String
    let directory: String
  }

  private let root: String
  private let environment: (String) -> String?
  private let read: (String) -> [UInt8]?
  private var files: Set<String> = []
  private var variables = Set(ComposeReferences.settings)
  private var remotes: Set<String> = []
  private var isComplete = true
  private var pending: [Visit] = []
  private var visited: Set<Visit> = []
  private var defaults: [String: String] = [:]

  /// Everything the configuration made of `composeFiles` refers to.
  ///
  /// `root` is the absolute path of the project; `composeFiles` are absolute or start there, the
  /// first decides the directory that paths start at. `environment` has the process environment,
  /// which paths with variables in them need. `read` gets absolute paths and gives nil for a file
  /// that is not there.
  package static func find(
    composeFiles: [String], root: String, environment: @escaping (String) -> String?,
    read: @escaping (String) -> [UInt8]?
  ) -> ComposeReferences {
    var finder = ComposeReferenceFinder(root: root, environment: environment, read: read)
    finder.start(composeFiles)
    while let visit = finder.pending.popLast() { finder.visit(visit) }
    return ComposeReferences(
      files: finder.files.map(finder.shown).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) },
      variables: finder.variables.sorted(), remotes: finder.remotes.sorted(),
      isComplete: finder.isComplete)
  }

  private init(
    root: String, environment: @escaping (String) -> String?, read: @escaping (String) -> [UInt8]?
  ) {
    self.root = AbsolutePath.normal(root)
    self.environment = environment
    self.read = read
  }

  private mutating func start(_ composeFiles: [String]) {
    let paths = composeFiles.map { AbsolutePath.resolve($0, from: root) }
    let directory = paths.first.map(AbsolutePath.parent) ?? root
    addEnvironmentFile("\(root)/.env", isDefault: true)
    addEnvironmentFile("\(directory)/.env", isDefault: true)
    for path in (environment("COMPOSE_ENV_FILES") ?? "").split(separator: ",") {
      addEnvironmentFile(AbsolutePath.resolve(String(path), from: root), isDefault: true)
    }
    for path in paths { add(Visit(path: path, directory: directory)) }
  }

  private mutating func add(_ visit: Visit) {
    if visited.insert(visit).inserted { pending.append(visit) }
  }

  // MARK: files

  private mutating func visit(_ visit: Visit) {
    files.insert(visit.path)
    guard let bytes = read(visit.path) else { return }
    variables.formUnion(VariableExpansion.names(in: bytes))
    let (node, faults) = YAMLReader.read(bytes)
    if !faults.isEmpty { isComplete = false }
    guard let node else { return }
    collectNames(node)
    // Compose takes most paths from the project's directory and some from the file's own.
    let directories = unique([visit.directory, AbsolutePath.parent(visit.path)])
    for item in items(node["include"]) { include(item, directories: directories) }
    for section in ["secrets", "configs"] {
      for entry in node[section]?.mapping?.entries ?? [] {
        if let name = entry.value["environment"]?.string { variables.insert(name) }
      }
    }
    for entry in node["services"]?.mapping?.entries ?? [] {
      service(entry.value, directories: directories)
    }
  }

  private mutating func service(_ node: Node, directories: [String]) {
    if let file = node["extends"]?["file"]?.string {
      for path in resolved(file, directories) {
        add(Visit(path: path, directory: AbsolutePath.parent(path)))
      }
    }
    for item in items(node["env_file"]) {
      guard let file = item.string ?? item["path"]?.string else { continue }
      for path in resolved(file, directories) { addEnvironmentFile(path, isDefault: false) }
    }
    for item in items(node["label_file"]) {
      guard let file = item.string else { continue }
      for path in resolved(file, directories) { addEnvironmentFile(path, isDefault: false) }
    }
    addInherited(node["environment"])
    addInherited(node["build"]?["args"])
  }

  private mutating func include(_ node: Node, directories: [String]) {
    let texts = node.string.map { [$0] } ?? items(node["path"]).compactMap(\.string)
    let paths = texts.flatMap { resolved($0, directories) }
    let given = node["project_directory"]?.string.map { resolved($0, directories) } ?? []
    let inner = given.isEmpty ? unique(paths.map(AbsolutePath.parent)) : given
    for file in items(node["env_file"]).compactMap(\.string) {
      for path in resolved(file, directories + inner) { addEnvironmentFile(path, isDefault: true) }
    }
    for directory in inner {
      addEnvironmentFile("\(directory)/.env", isDefault: true)
      for path in paths { add(Visit(path: path, directory: directory)) }
    }
  }

  /// Lists an env file with the names it mentions; the values of a default one are used for paths.
  private mutating func addEnvironmentFile(_ path: String, isDefault: Bool) {
    let path = AbsolutePath.normal(path)
    files.insert(path)
    guard let bytes = read(path) else { return }
    variables.formUnion(VariableExpansion.names(in: bytes))
    let (file, diagnostics) = DotEnvParser.parse(
      SourceFile(path: path, bytes: bytes, isConfidential: true), lookup: environment)
    variables.formUnion(file.requested)
    if !diagnostics.isEmpty { isComplete = false }
    guard isDefault else { return }
    // A variable of the file can be set from outside, which changes what the file gives.
    variables.formUnion(file.entries.map(\.name))
    for entry in file.entries where defaults[entry.name] == nil {
      defaults[entry.name] = entry.value
    }
  }

  // MARK: names

  /// Adds the names in all texts, which escapes can hide from a look at the bytes.
  private mutating func collectNames(_ node: Node) {
    switch node.value {
    case .scalar(let scalar):
      guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return }
      variables.formUnion(VariableExpansion.names(in: Array(scalar.text.utf8)))
    case .sequence(let nodes):
      for node in nodes { collectNames(node) }
    case .mapping(let mapping):
      for entry in mapping.entries { collectNames(entry.value) }
    }
  }

  /// Adds the names that stand without a value, which is then taken from outside.
  private mutating func addInherited(_ node: Node?) {
    switch node?.value {
    case .sequence(let nodes):
      for text in nodes.compactMap(\.string) where !text.utf8.contains(UInt8(ascii: "=")) {
        variables.insert(text)
      }
    case .mapping(let mapping):
      for entry in mapping.entries where entry.value.isNull { variables.insert(entry.key) }
    case .scalar, nil: break
    }
  }

  // MARK: paths

  /// The absolute paths a written path can mean, without those on other machines.
  private mutating func resolved(_ text: String, _ directories: [String]) -> [String] {
    var path = text
    do throws(VariableExpansion.Failure) {
      path = try VariableExpansion.expand(text) { environment($0) ?? defaults[$0] }
    } catch {
      // Compose will refuse the file; until then nobody knows what it refers to.
      isComplete = false
      return []
    }
    if path.contains("://") || path.hasPrefix("git@") || path.hasPrefix("github.com/")
      || path.hasPrefix("oci:")
    {
      remotes.insert(path)
      return []
    }
    if path == "~" || path.hasPrefix("~/") {
      variables.insert("HOME")
      guard let home = environment("HOME") else {
        isComplete = false
        return []
      }
      path = home + path.dropFirst()
    }
    return unique(directories.map { AbsolutePath.resolve(path, from: $0) })
  }

  private func items(_ node: Node?) -> [Node] {
    guard let node else { return [] }
    return node.sequence ?? [node]
  }

  private func unique(_ paths: [String]) -> [String] {
    var seen: Set<String> = []
    return paths.filter { seen.insert($0).inserted }
  }

  private func shown(_ path: String) -> String {
    if root == "/" { return path }
    return path.utf8.starts(with: "\(root)/".utf8)
      ? String(decoding: path.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self) : path
  }
}
