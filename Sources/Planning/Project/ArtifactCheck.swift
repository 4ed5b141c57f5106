// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Two writers of one place, and readers of what another task writes without waiting for it. Knows
// the rules and their reports; finding candidates is OutputIndex's job.

import Cache

/// The checks on what tasks read and write.
struct ArtifactCheck {
  /// All tasks.
  let tasks: [TaskDefinition]
  /// All their outputs.
  let index: OutputIndex

  /// Reports outputs that overlap an output of another task; once for each output.
  func checkOutputs(into reading: inout Reading) {
    for (position, entry) in index.entries.enumerated() {
      index.forEach(above: entry.path, sure: entry.sure) { other in
        let candidate = index.entries[other]
        guard candidate.task != entry.task,
          candidate.sure < entry.sure || other < position, overlap(entry, candidate)
        else { return true }
        let (first, second) = other < position ? (candidate, entry) : (entry, candidate)
        report(second, over: first, into: &reading)
        return false
      }
    }
  }

  private func overlap(_ first: OutputIndex.Entry, _ second: OutputIndex.Entry) -> Bool {
    switch (first.glob, second.glob) {
    case (nil, nil): true
    case (let a?, let b?): a.overlaps(b)
    case (let a?, nil): a.overlaps(PatternOverlap(second.path))
    case (nil, let b?): b.overlaps(PatternOverlap(first.path))
    }
  }

  private func report(
    _ entry: OutputIndex.Entry, over first: OutputIndex.Entry, into reading: inout Reading
  ) {
    let output = tasks[entry.task].outputs[entry.output]
    let other = tasks[first.task].outputs[first.output]
    reading.diagnostics.append(
      Diagnostic(
        .overlappingOutputs(
          task: tasks[entry.task].name, output: output.path, other: tasks[first.task].name,
          otherOutput: other.path),
        at: output.location, length: output.length,
        notes: [
          Diagnostic.Note(
            .output(task: tasks[first.task].name, pattern: other.path), at: other.location,
            length: other.length)
        ]))
  }

  /// Reports inputs that another task makes and that nothing makes the reader wait for; once for
  /// each pair of tasks.
  func checkInputs(
    skipping broken: Set<Int>, reachability: NeedReachability, into reading: inout Reading
  ) {
    guard !index.entries.isEmpty else { return }
    var reachability = reachability
    // Many tasks share globs such as `src/**`; plain paths are looked up faster than remembered.
    var known: [String: [Int]] = [:]
    var reported: Set<Int> = []
    for position in tasks.indices where !broken.contains(position) {
      reported.removeAll(keepingCapacity: true)
      for (number, input) in tasks[position].inputs.enumerated() where !input.isExclusion {
        for producer in producers(of: input.path, known: &known) {
          let entry = index.entries[producer]
          guard entry.task != position, !reported.contains(entry.task),
            !isExcluded(entry.path, from: tasks[position], after: number),
            !reachability.waits(position, for: entry.task)
          else { continue }
          reported.insert(entry.task)
          report(
            input, of: tasks[position], madeBy: entry,
            isLater: reachability.waits(entry.task, for: position), into: &reading)
        }
      }
    }
  }

  private func producers(of path: String, known: inout [String: [Int]]) -> [Int] {
    let isGlob = PatternOverlap.isGlob(path)
    if isGlob, let producers = known[path] { return producers }
    let sure = isGlob ? PatternOverlap.literalPrefixLength(path) : path.utf8.count
    lazy var pattern = PatternOverlap(path)
    let matcher = isGlob ? Self.matcher(path) : nil
    func takes(_ entry: OutputIndex.Entry, isAbove: Bool) -> Bool {
      // A plain path above is a folder that the input lies in; of two plain paths that lead to each
      // other, one contains the other.
      if entry.glob == nil && (isAbove || !isGlob) { return true }
      if entry.glob == nil, let matcher { return matcher.matches(entry.path) }
      return pattern.overlaps(entry.glob ?? PatternOverlap(entry.path))
    }
    var result: [Int] = []
    index.forEach(above: path, sure: sure) { position in
      if takes(index.entries[position], isAbove: true) { result.append(position) }
      return true
    }
    index.forEach(below: path, sure: sure) { position in
      if takes(index.entries[position], isAbove: false) { result.append(position) }
    }
    result.sort()
    if isGlob { known[path] = result }
    return result
  }

  /// What matches one path faster than comparing patterns; nil for a pattern that cannot be read.
  private static func matcher(_ pattern: String) -> Glob? {
    do throws(GlobError) {
      return try Glob(patterns: [pattern])
    } catch {
      return nil
    }
  }

  /// True when a later `!pattern` of the task takes away everything `path` can match.
  private func isExcluded(_ path: String, from task: TaskDefinition, after number: Int) -> Bool {
    task.inputs.dropFirst(number + 1).contains { exclusion in
      guard exclusion.isExclusion else { return false }
      var sure = exclusion.path
      if sure == path || sure == "**" { return true }
      if sure.hasSuffix("/**") { sure = String(sure.dropLast(3)) }
      if !PatternOverlap.isGlob(sure) {
        return path == sure || path.utf8.starts(with: "\(sure)/".utf8)
      }
      // Against one plain path, a pattern that can match it does.
      return !PatternOverlap.isGlob(path) && PatternOverlap.overlap(exclusion.path, path)
    }
  }

  private func report(
    _ input: PathPattern, of task: TaskDefinition, madeBy entry: OutputIndex.Entry, isLater: Bool,
    into reading: inout Reading
  ) {
    let producer = tasks[entry.task]
    let output = producer.outputs[entry.output]
    let code: Diagnostic.Code =
      isLater
      ? .inputFromLaterTask(
        task: task.name, input: input.path, producer: producer.name, output: output.path,
        exclusion: Self.written(output.path, from: task.directory))
      : .inputWithoutNeed(
        task: task.name, input: input.path, producer: producer.name, output: output.path)
    reading.diagnostics.append(
      Diagnostic(
        code, at: input.location, length: input.length,
        notes: [
          Diagnostic.Note(
            .output(task: producer.name, pattern: output.path), at: output.location,
            length: output.length)
        ]))
  }

  /// A path from the project root as it is written in a task that runs in `directory`.
  private static func written(_ path: String, from directory: String) -> String {
    if directory == "." { return path }
    if path.utf8.starts(with: "\(directory)/".utf8) {
      return String(decoding: path.utf8.dropFirst(directory.utf8.count + 1), as: UTF8.self)
    }
    return String(repeating: "../", count: directory.split(separator: "/").count) + path
  }
}
