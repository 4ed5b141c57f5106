// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads the entries of `tasks:`, each on its own. Knows the keys of a task; whether names and
// patterns fit together across tasks is checked by TaskChecks.

import Cache
import YAML

/// Reads `tasks:`; a project may have a million of them, so each key is looked at once.
struct TaskReader {
  private static let keys = ProjectSchema.taskFields.map(\.name)

  /// The pools a task may name.
  private let pools: [String]

  /// Makes a reader that allows the built-in pools and `declared` ones.
  init(declared: [PoolDefinition]) {
    pools = PoolDefinition.builtIn + declared.map(\.name)
  }

  /// All tasks that could be read, in file order; faults go to `reading`.
  func read(_ node: Node, into reading: inout Reading) -> [TaskDefinition] {
    guard let mapping = reading.mapping(node) else { return [] }
    var tasks: [TaskDefinition] = []
    tasks.reserveCapacity(mapping.count)
    for entry in mapping.entries {
      let named = reading.checkName(of: entry)
      if let task = task(entry, into: &reading), named { tasks.append(task) }
    }
    return tasks
  }

  private func task(_ entry: Mapping.Entry, into reading: inout Reading) -> TaskDefinition? {
    guard let mapping = reading.mapping(entry.value) else { return nil }
    // The directory is needed to read patterns, wherever its key stands.
    let directory = directory(mapping, into: &reading)
    var command: TaskDefinition.Command?
    var hasRun = false
    var inputs: [PathPattern] = []
    var outputs: [PathPattern] = []
    var environment: [TaskDefinition.EnvironmentVariable] = []
    var needs: [Reference] = []
    var timeout: Duration?
    var retries = 0
    var pool: String?
    var hook: TaskDefinition.Hook?
    var runs: Mapping.Entry?
    for field in mapping.entries {
      switch field.key {
      case "run":
        hasRun = true
        command = reading.command(field.value, what: "`run`")
      case "dir": break
      case "inputs":
        inputs = patterns(field.value, from: directory, isOutput: false, into: &reading)
      case "outputs":
        outputs = patterns(field.value, from: directory, isOutput: true, into: &reading)
      case "env": environment = self.environment(field.value, into: &reading)
      case "needs": needs = Self.needs(field.value, into: &reading)
      case "timeout": timeout = reading.duration(field.value, what: "`timeout`")
      case "retries": retries = reading.integer(field.value, minimum: 0) ?? 0
      case "pool": pool = self.pool(field.value, into: &reading)
      case "before": hook = Self.hook(.before, field, beside: hook, into: &reading)
      case "after": hook = Self.hook(.after, field, beside: hook, into: &reading)
      case "on": runs = field
      default: reading.reportUnknownKey(field, known: Self.keys)
      }
    }
    if !hasRun {
      reading.report(.missingKey("run", section: "tasks.\(entry.key)"), atKeyOf: entry)
    }
    if let runs { hook = Self.hook(hook, on: runs, isHook: Self.isHook(mapping), into: &reading) }
    guard let command else { return nil }
    return TaskDefinition(
      name: entry.key, command: command, directory: directory ?? ".", inputs: inputs,
      outputs: outputs, environment: environment, needs: needs, timeout: timeout,
      retries: retries, pool: pool, hook: hook, location: reading.location(entry.keyMark))
  }

  private func directory(_ mapping: Mapping, into reading: inout Reading) -> String? {
    for field in mapping.entries where field.key == "dir" {
      return reading.path(field.value, what: "`dir`")
    }
    return "."
  }

  /// Patterns from the project root; without a readable directory their texts are only checked.
  private func patterns(
    _ node: Node, from directory: String?, isOutput: Bool, into reading: inout Reading
  ) -> [PathPattern] {
    guard let texts = reading.texts(node) else { return [] }
    let base = Self.escaped(directory ?? ".")
    var patterns: [PathPattern] = []
    patterns.reserveCapacity(texts.count)
    for (text, element) in texts {
      let isExclusion = text.utf8.first == UInt8(ascii: "!")
      let bare = isExclusion ? String(text.dropFirst()) : text
      if isExclusion && isOutput {
        reading.report(.excludedOutput(text), at: element)
        continue
      }
      switch RelativePath.resolve(bare, from: base) {
      case .inside(let resolved):
        let path = Self.checked(resolved, of: bare, at: element, into: &reading)
        guard let path else { continue }
        if path.isEmpty && isOutput {
          reading.report(.outputIsProject(text), at: element)
        } else if directory != nil {
          patterns.append(
            PathPattern(
              text: bare, path: path.isEmpty ? "**" : path, isExclusion: isExclusion,
              location: reading.location(element.start), length: reading.length(of: element)))
        }
      case .absolute: reading.report(.absolutePath(text), at: element)
      case .outside: reading.report(.escapingPath(text), at: element)
      }
    }
    return patterns
  }

  /// The pattern with what a final slash means; nil when the rest of it cannot be read.
  private static func checked(
    _ path: String, of text: String, at node: Node, into reading: inout Reading
  ) -> String? {
    guard PatternOverlap.isGlob(text) else { return path }
    do throws(GlobError) {
      _ = try Glob(patterns: [path])
    } catch {
      reading.report(.badPattern(text, error.code), at: node)
      return nil
    }
    return text.hasSuffix("/") && !path.hasSuffix("**") ? "\(path)/**" : path
  }

  /// A directory as a pattern that matches it alone.
  private static func escaped(_ directory: String) -> String {
    guard PatternOverlap.isGlob(directory) else { return directory }
    return directory.reduce(into: "") { result, character in
      if character.utf8.contains(where: { RelativePath.isWildcard($0) || $0 == 0x5C }) {
        result += "\\"
      }
      result.append(character)
    }
  }

  private func environment(
    _ node: Node, into reading: inout Reading
  ) -> [TaskDefinition.EnvironmentVariable] {
    switch node.value {
    case .mapping(let mapping):
      return mapping.entries.compactMap { variable($0, into: &reading) }
    case .sequence:
      return (reading.texts(node) ?? []).reduce(into: []) { variables, item in
        let parts = item.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard Reading.isVariableName(name) else {
          reading.report(.badVariableName(name), at: item.node)
          return
        }
        guard !variables.contains(where: { $0.name == name }) else {
          reading.report(.repeatedName(name), at: item.node)
          return
        }
        variables.append(
          parts.count == 2 ? .fixed(name: name, value: String(parts[1])) : .passed(name))
      }
    case .scalar:
      reading.report(
        .wrongType(expected: "a list of names or a mapping", found: node.words), at: node)
      return []
    }
  }

  private func variable(
    _ entry: Mapping.Entry, into reading: inout Reading
  ) -> TaskDefinition.EnvironmentVariable? {
    guard Reading.isVariableName(entry.key) else {
      reading.report(.badVariableName(entry.key), atKeyOf: entry)
      return nil
    }
    guard let value = entry.value.string else {
      reading.report(.wrongType(expected: "a text", found: entry.value.words), at: entry.value)
      return nil
    }
    // As in Compose, a name without a value takes the value of the run's environment.
    return entry.value.isNull ? .passed(entry.key) : .fixed(name: entry.key, value: value)
  }

  /// The names under `needs`, each once; who they are is checked when all tasks are known.
  static func needs(_ node: Node, into reading: inout Reading) -> [Reference] {
    guard let texts = reading.texts(node) else { return [] }
    var needs: [Reference] = []
    needs.reserveCapacity(texts.count)
    var seen = Set<String>(minimumCapacity: texts.count)
    for (text, element) in texts {
      if seen.insert(text).inserted {
        needs.append(reading.reference(text, at: element))
      } else {
        reading.report(.repeatedName(text), at: element)
      }
    }
    return needs
  }

  private static func hook(
    _ side: TaskDefinition.Hook.Side, _ field: Mapping.Entry, beside other: TaskDefinition.Hook?,
    into reading: inout Reading
  ) -> TaskDefinition.Hook? {
    if let other {
      reading.report(.exclusiveKeys(other.side.rawValue, side.rawValue), atKeyOf: field)
    }
    let phases = DeployPhase.allCases.map(\.rawValue)
    return reading.choice(field.value, of: phases, what: "`\(side.rawValue)`")
      .flatMap(DeployPhase.init(rawValue:)).map { TaskDefinition.Hook(side, $0) }
  }

  private static func isHook(_ mapping: Mapping) -> Bool {
    mapping.entries.contains { $0.key == "before" || $0.key == "after" }
  }

  /// The hook in the runs that `on` names; one without a moment that it could be in stays as it is.
  private static func hook(
    _ hook: TaskDefinition.Hook?, on entry: Mapping.Entry, isHook: Bool,
    into reading: inout Reading
  ) -> TaskDefinition.Hook? {
    guard isHook else {
      reading.report(
        .stated(
          id: "hook-on", message: "`on` says which runs a hook is part of, and this task is none",
          hint: "add `before:` or `after:` with a phase, or take `on` out"), atKeyOf: entry)
      return nil
    }
    guard let texts = reading.texts(entry.value) else { return hook }
    var runs: [TaskDefinition.Hook.Run] = []
    for (text, element) in texts {
      let allowed = TaskDefinition.Hook.Run.allCases.map(\.rawValue)
      guard let name = reading.choice(element, of: allowed, what: "`on`"),
        let run = TaskDefinition.Hook.Run(rawValue: name)
      else { continue }
      guard !runs.contains(run) else {
        reading.report(.repeatedName(text), at: element)
        continue
      }
      if let hook, !run.phases.contains(hook.phase) {
        let phases = run.phases.map { "`\($0.rawValue)`" }.joined(separator: " and ")
        reading.report(
          .stated(
            id: "hook-phase", message: "`\(name)` has no phase `\(hook.phase.rawValue)`",
            hint: "it has \(phases)"), at: element)
      }
      runs.append(run)
    }
    if texts.isEmpty {
      reading.report(
        .stated(
          id: "hook-on-nothing", message: "`on` names no run, so the hook would never run",
          hint: "name some of "
            + TaskDefinition.Hook.Run.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")),
        at: entry.value)
    }
    return hook.map { TaskDefinition.Hook($0.side, $0.phase, on: runs) }
  }

  private func pool(_ node: Node, into reading: inout Reading) -> String? {
    guard let name = reading.text(node, what: "`pool`") else { return nil }
    guard pools.contains(name) else {
      reading.report(
        .unknownPool(name, nearest: reading.nearest(to: name, among: pools)), at: node)
      return nil
    }
    return name
  }
}
