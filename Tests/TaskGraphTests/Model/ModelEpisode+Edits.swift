// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The random edits of a model: of sources, outputs, definitions, the cache, the state directory and
// the world outside. Each changes the files and the model alike.

import Cache
import TestSupport

extension ModelEpisode {
  /// One edit, and what it means for the step.
  struct Edit {
    var line: String
    /// Whether a run of a part would leave something that no later step could explain.
    var needsWholeRun = false
    var dropsTaskIndex = false
  }

  /// Edits something.
  mutating func edit(isSettled: Bool) throws -> Edit {
    // What touches outputs or forgets tasks is repaired by a whole run of the same definitions only.
    if isSettled, random.chance(oneIn: 4) {
      return switch random.number(below: 6) {
      case 0: try removeOutput()
      case 1: try removeOutputs()
      case 2, 3: try editOutput()
      case 4: try dropIndex()
      default: try addForeignFile()
      }
    }
    switch random.number(below: 20) {
    case 0, 1: return try editSource()
    case 2: return try touchSource()
    case 3, 4: return try editSourceUnseen()
    case 5: return try replaceSource()
    case 6: return try renameSource()
    case 7: return try swapSources()
    case 8: return try removeSource()
    case 9: return try addSource()
    case 10: return try changeMode()
    case 11, 12:
      let position = random.number(below: project.tasks.count)
      project.tasks[position].salt = random.number(below: 3)
      return Edit(line: "argument of t\(position) = \(project.tasks[position].salt)")
    case 13:
      let name = random.pick(["ONE", "TWO"]) ?? "ONE"
      let value = "\(random.number(below: 3))"
      project.variables[name] = value
      return Edit(line: "variable \(name) = \(value)")
    case 14:
      guard random.chance(oneIn: 3) else { return Edit(line: "nothing") }
      try FileTree.remove(fixture.cache.root)
      forgetCache()
      return Edit(line: "remove the cache")
    case 15: return try damageCache()
    case 16, 17:
      let name = "t\(random.number(below: project.tasks.count))"
      switches.set([name])
      return Edit(line: "\(name) fails")
    case 18:
      world.current = random.chance(oneIn: 2) ? nil : ModelWorld.Deployment(key: "x", payload: "y")
      deployedBasis = nil
      return Edit(line: "somebody else changes the world")
    default:
      project.deploySalt = random.number(below: 3)
      return Edit(line: "argument of deploy = \(project.deploySalt)")
    }
  }

  // MARK: Sources

  private mutating func source() -> String? { random.pick(project.sources.keys.sorted()) }

  private mutating func otherText(of size: Int) -> String {
    let same = Self.texts.filter { $0.utf8.count == size }
    return random.pick(same.isEmpty ? Self.texts : same) ?? ""
  }

  private mutating func editSource() throws -> Edit {
    guard let name = source() else { return Edit(line: "nothing") }
    project.sources[name]?.text = random.pick(Self.texts) ?? ""
    if let file = project.sources[name] { try write(name, file) }
    return Edit(line: "write \(name) \"\(project.sources[name]?.text ?? "")\"")
  }

  private mutating func touchSource() throws -> Edit {
    guard let name = source() else { return Edit(line: "nothing") }
    try fixture.project.setModified(name, Int64(random.number(below: 1_000)) * 1_000_000_000)
    return Edit(line: "touch \(name)")
  }

  /// The same size, in place, and the mtime of before.
  private mutating func editSourceUnseen() throws -> Edit {
    guard let name = source(), var file = project.sources[name] else {
      return Edit(line: "nothing")
    }
    let before = try fixture.project.identity(name)
    file.text = otherText(of: file.text.utf8.count)
    project.sources[name] = file
    try write(name, file)
    try fixture.project.setModified(name, before.modified)
    return Edit(line: "write \(name) \"\(file.text)\" and restore its mtime")
  }

  /// Another file of the same size and mtime is moved over it.
  private mutating func replaceSource() throws -> Edit {
    guard let name = source(), var file = project.sources[name] else {
      return Edit(line: "nothing")
    }
    let before = try fixture.project.identity(name)
    file.text = otherText(of: file.text.utf8.count)
    project.sources[name] = file
    try write("other", file)
    try fixture.project.setModified("other", before.modified)
    try fixture.project.rename("other", to: name)
    return Edit(line: "mv \"\(file.text)\" \(name) with its mtime")
  }

  private mutating func renameSource() throws -> Edit {
    let free = Self.names.filter { project.sources[$0] == nil }
    guard let old = source(), let new = random.pick(free) else { return Edit(line: "nothing") }
    project.sources[new] = project.sources.removeValue(forKey: old)
    try fixture.project.rename(old, to: new)
    return Edit(line: "mv \(old) \(new)")
  }

  private mutating func swapSources() throws -> Edit {
    guard let one = source(), let two = source(), one != two else { return Edit(line: "nothing") }
    let kept = project.sources[one]
    project.sources[one] = project.sources[two]
    project.sources[two] = kept
    try fixture.project.rename(one, to: "other")
    try fixture.project.rename(two, to: one)
    try fixture.project.rename("other", to: two)
    return Edit(line: "swap \(one) and \(two)")
  }

  private mutating func removeSource() throws -> Edit {
    guard project.sources.count > 2, let name = source() else { return Edit(line: "nothing") }
    project.sources[name] = nil
    try fixture.project.remove(name)
    return Edit(line: "rm \(name)")
  }

  private mutating func addSource() throws -> Edit {
    let free = Self.names.filter { project.sources[$0] == nil }
    guard let name = random.pick(free) else { return Edit(line: "nothing") }
    let file = ModelSpec.File(text: random.pick(Self.texts) ?? "")
    project.sources[name] = file
    try write(name, file)
    return Edit(line: "write \(name) \"\(file.text)\"")
  }

  private mutating func changeMode() throws -> Edit {
    guard let name = source(), var file = project.sources[name] else {
      return Edit(line: "nothing")
    }
    file.isExecutable.toggle()
    project.sources[name] = file
    try fixture.project.setMode(name, file.isExecutable ? 0o755 : 0o644)
    return Edit(line: "chmod \(file.isExecutable ? "+x" : "-x") \(name)")
  }

  // MARK: Outputs

  /// A file, link or empty directory that some task made, and the task's position.
  private mutating func output() -> (path: String, node: ModelSpec.Node, task: Int)? {
    var all: [(String, ModelSpec.Node, Int)] = []
    for (position, result) in project.evaluate().enumerated() {
      guard case .made(let files) = result.expected else { continue }
      for (path, node) in files.sorted(by: { $0.key < $1.key }) {
        all.append((path, node, position))
      }
    }
    return random.pick(all)
  }

  private mutating func removeOutput() throws -> Edit {
    guard let (path, _, task) = output() else { return Edit(line: "nothing") }
    try fixture.project.remove(path)
    disturbed = [task]
    return Edit(line: "rm \(path)", needsWholeRun: true)
  }

  private mutating func removeOutputs() throws -> Edit {
    guard let (_, _, task) = output() else { return Edit(line: "nothing") }
    try fixture.project.remove("out/t\(task)")
    foreignFiles = foreignFiles.filter { !$0.hasPrefix("t\(task)/") }
    disturbed = [task]
    return Edit(line: "rm -r out/t\(task)", needsWholeRun: true)
  }

  private mutating func editOutput() throws -> Edit {
    guard let (path, node, task) = output(), case .file(let file) = node else {
      return Edit(line: "nothing")
    }
    disturbed = [task]
    let before = try fixture.project.identity(path)
    let isUnseen = random.chance(oneIn: 2)
    let text = isUnseen ? String(file.text.reversed()) : "edited"
    try fixture.project.write(path, text, mode: file.isExecutable ? 0o755 : 0o644)
    if isUnseen { try fixture.project.setModified(path, before.modified) }
    return Edit(line: "write \(path) \"\(text)\"", needsWholeRun: true)
  }

  private mutating func addForeignFile() throws -> Edit {
    let open = project.tasks.filter { $0.shape != .linked }
    guard let task = random.pick(open) else { return Edit(line: "nothing") }
    try fixture.project.write("\(task.directory)/note.md", "mine")
    foreignFiles.insert("\(task.name)/note.md")
    return Edit(line: "write \(task.directory)/note.md")
  }

  // MARK: State

  private mutating func dropIndex() throws -> Edit {
    var names = ["digests.idx", "tasks.idx"]
    if random.chance(oneIn: 2) { names = [random.pick(names) ?? ""] }
    let isFlip = random.chance(oneIn: 2)
    for name in names {
      guard isFlip else {
        try fixture.project.remove(".stagecraft/\(name)")
        continue
      }
      try flip(fixture.project, ".stagecraft/\(name)")
    }
    return Edit(
      line: "\(isFlip ? "flip a bit of" : "rm") \(names)", needsWholeRun: true,
      dropsTaskIndex: names.contains("tasks.idx"))
  }

  private mutating func damageCache() throws -> Edit {
    guard let name = random.pick(try fixture.cache.files(except: ["lock", "tmp"])) else {
      return Edit(line: "nothing")
    }
    isCacheDamaged = true
    if random.chance(oneIn: 3) {
      try fixture.cache.remove(name)
      return Edit(line: "rm \(name) in the cache")
    }
    try flip(fixture.cache, name)
    return Edit(line: "flip a bit of \(name) in the cache")
  }

  /// Changes one bit, or cuts the file.
  private mutating func flip(_ tree: FileTree, _ name: String) throws {
    guard var bytes = try tree.bytes(name), !bytes.isEmpty else { return }
    let position = random.number(below: bytes.count)
    if random.chance(oneIn: 4) {
      bytes.removeSubrange(position...)
    } else {
      bytes[position] ^= 1 << UInt8(random.number(below: 8))
    }
    let mode = try tree.identity(name).mode & 0o777
    try tree.write(name, bytes: bytes, mode: mode)
  }
}
