// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One random project and a series of random edits, each followed by a plan and by runs that are
// compared with an evaluation from scratch. Everything follows from one seed.

import Cache
import SystemPackage
import TaskGraph
import TestSupport

/// A random project that is edited and run.
struct ModelEpisode {
  /// What a step found to be wrong, with all that is needed to do it again.
  struct Contradiction: Error, CustomStringConvertible {
    let description: String
  }

  let seed: UInt64
  let fixture: TaskFixture
  let switches = ModelSwitches()
  let world = ModelWorld()
  var random: SeededGenerator
  var project: ModelProject
  private(set) var script: [String] = []

  // What is known of the engine's state, to say which tasks must not run again.

  /// Task and basis of every result that the cache should have.
  private var stored: Set<String> = []
  /// Whether bytes of the cache were damaged since it was last empty.
  var isCacheDamaged = false
  /// The basis of each task's last success.
  var last: [String?]
  /// Tasks whose outputs this step touched.
  var disturbed: Set<Int> = []
  /// The basis of what the world holds; nil where somebody else changed it.
  var deployedBasis: String?
  /// Whether the last step ended with everything as it should be.
  private(set) var isSettled = false

  init(seed: UInt64, in fixture: TaskFixture) throws {
    self.seed = seed
    self.fixture = fixture
    random = SeededGenerator(seed: seed)
    project = Self.randomProject(&random)
    last = [String?](repeating: nil, count: project.tasks.count)
    for (path, file) in project.sources { try write(path, file) }
  }

  static let texts = ["aa", "bb", "ab", "ba", "", "ccc", "aa", "bb", "!!"]
  static let names = [
    "src/d0/a.txt", "src/d0/b.txt", "src/d0/c.txt", "src/d1/a.txt", "src/d1/b.txt",
  ]

  private static func randomProject(_ random: inout SeededGenerator) -> ModelProject {
    var tasks: [ModelSpec] = []
    let count = 3 + random.number(below: 4)
    for position in 0..<count {
      var sources: [String] = []
      if random.chance(oneIn: 2) { sources.append("src/d\(random.number(below: 2))/*.txt") }
      if random.chance(oneIn: 3), let name = random.pick(names) { sources.append(name) }
      var needs: [Int] = []
      for other in 0..<position where random.chance(oneIn: 3) { needs.append(other) }
      if sources.isEmpty, needs.isEmpty { sources = ["src/d0/*.txt"] }
      tasks.append(
        ModelSpec(
          name: "t\(position)", shape: random.pick(ModelSpec.Shape.allCases) ?? .whole,
          sources: sources, needs: needs,
          variable: random.chance(oneIn: 3) ? random.pick(["ONE", "TWO"]) : nil, salt: 0))
    }
    var sources: [String: ModelSpec.File] = [:]
    for name in names { sources[name] = ModelSpec.File(text: random.pick(["aa", "bb"]) ?? "") }
    return ModelProject(
      tasks: tasks, sources: sources,
      deployed: (0..<count).filter { _ in random.chance(oneIn: 3) })
  }

  func write(_ path: String, _ file: ModelSpec.File) throws {
    try fixture.project.write(path, file.text, mode: file.isExecutable ? 0o755 : 0o644)
  }

  /// Adds a line to what a failure prints.
  mutating func note(_ line: String) { script.append(line) }

  // MARK: One step

  /// One edit and what must hold after it.
  mutating func step() async throws {
    disturbed = []
    let wasSettled = isSettled
    let edit = try edit(isSettled: wasSettled)
    note(edit.line)
    var options = RunOptions(keepsGoing: random.chance(oneIn: 2))
    options.replaysLogs = random.chance(oneIn: 8)
    let whole = try graph(jobs: 1 + random.number(below: 4))
    var part = whole
    if !edit.needsWholeRun, random.chance(oneIn: 8) {
      let goal = "t\(random.number(below: project.tasks.count))"
      note("  goal \(goal)")
      part = whole.subgraph(reaching: [TaskID(goal)])
    }
    let results = project.evaluate()
    let plan = await fixture.plan(part, options, environment: project.variables)
    let run = await fixture.run(part, options, environment: project.variables)
    note(
      "  " + run.result.report.entries.map { "\($0.id) \($0.outcome.word)" }.joined(separator: ", ")
    )
    try checkOutcomes(run, results, options, part)
    try checkMinimality(run, results, edit)
    if !isCacheDamaged { try checkPlan(plan, run) }
    try checkEffect(run, results)
    remember(run, results)
    switches.set([])
    isSettled = false
    guard run.result.report.isSuccess else { return }
    isSettled = part.nodes.count == whole.nodes.count
    try checkTree(results, of: run, isWhole: isSettled)
    let again = await fixture.run(part, options, environment: project.variables)
    try require(again.executed.isEmpty, "a second run executed \(again.executed)")
    try require(again.result.report.isSuccess, "a second run failed")
    for (id, outcome) in again.outcomes {
      if case .reused(_, let restored) = outcome {
        try require(restored == 0, "a second run restored files of \(id)")
      }
    }
    try checkTree(results, of: again, isWhole: isSettled)
  }

  private func graph(jobs: Int) throws -> Graph {
    var graph = Graph()
    let policy = TaskPolicy(pool: .cpu(jobs))
    for task in project.tasks {
      try graph.add(
        ModelTask(spec: task, switches: switches), after: task.needs.map { TaskID("t\($0)") },
        policy: policy)
    }
    let world = self.world
    let look = try graph.add(LookTask("look") { world.current?.key ?? "" })
    let patterns = project.deployed.map { "out/t\($0)/*.o" }
    let salt = project.deploySalt
    try graph.add(
      DeployTask("deploy", [String(salt)], inputs: patterns, seen: look) {
        (context, key) throws(TaskError) in
        var words = [String(salt)]
        for path in try context.expand(patterns, below: ".").files.sorted() {
          do {
            let tree = FileTree(context.root)
            guard try tree.identity(path).type == .regular else { continue }
            words.append("\(path)=\(try tree.text(path) ?? "")")
          } catch {
            throw TaskError(.files, "\(error)")
          }
        }
        world.current = ModelWorld.Deployment(
          key: key.hex, payload: words.joined(separator: ";"))
      }, after: [look.id] + project.deployed.map { TaskID("t\($0)") })
    return graph
  }

  // MARK: What must hold

  func require(_ condition: Bool, _ complaint: @autoclosure () -> String) throws {
    if condition { return }
    throw Contradiction(
      description: """
        \(complaint())
        replay: STAGECRAFT_MODEL_SEED=\(seed) STAGECRAFT_MODEL_STEPS=\(script.count)
        tasks:
          \(project.tasks.map(\.description).joined(separator: "\n  "))
          deploy \(project.deployed)
        steps:
          \(script.joined(separator: "\n  "))
        """)
  }

  private func checkOutcomes(
    _ run: TaskFixture.Run, _ results: [(expected: ModelProject.Expected, basis: String)],
    _ options: RunOptions, _ graph: Graph
  ) throws {
    let outcomes = run.outcomes
    try require(
      run.result.report.entries.map(\.id) == graph.nodes.map(\.id), "the report lacks tasks")
    let finished = run.events.filter { if case .finished = $0.kind { true } else { false } }.count
    try require(finished == graph.nodes.count, "\(finished) tasks finished of \(graph.nodes.count)")
    for (position, result) in results.enumerated() {
      let name = "t\(position)"
      guard let outcome = outcomes[name] else { continue }
      switch (result.expected, outcome) {
      case (.made, .executed):
        try require(!switches.fails(name), "`\(name)` succeeded though it is switched off")
      case (.made, .reused), (.failed, .failed), (.skipped, .skipped): break
      case (.made, .failed(let error)):
        try require(switches.fails(name), "`\(name)` failed: \(error)")
      case (.made, .skipped(let cause)), (.failed, .skipped(let cause)):
        let failed = if case .failed = outcomes[cause.text] { true } else { false }
        try require(failed, "`\(name)` was skipped because of `\(cause)`, which did not fail")
        if options.keepsGoing {
          try require(
            depends(position, on: cause.text), "`\(name)` was skipped without depending on \(cause)"
          )
        }
      default:
        try require(false, "`\(name)` ended as \(outcome.word), expected \(result.expected)")
      }
    }
    try require(run.warnings.allSatisfy { $0.hasPrefix("no file matches") }, "\(run.warnings)")
  }

  private func depends(_ position: Int, on name: String) -> Bool {
    project.tasks[position].needs.contains { "t\($0)" == name || depends($0, on: name) }
  }

  /// No task runs whose result should still be there.
  private func checkMinimality(
    _ run: TaskFixture.Run, _ results: [(expected: ModelProject.Expected, basis: String)],
    _ edit: Edit
  ) throws {
    for (position, result) in results.enumerated() {
      let name = "t\(position)"
      guard case .executed = run.outcomes[name] else { continue }
      let stands =
        last[position] == result.basis && !disturbed.contains(position) && !edit.dropsTaskIndex
      try require(!stands, "`\(name)` was executed though its outputs stand")
      let isStored = !isCacheDamaged && stored.contains("\(name)|\(result.basis)")
      try require(!isStored, "`\(name)` was executed though the cache has its result")
    }
  }

  private func checkPlan(_ plan: [String: PlanEntry], _ run: TaskFixture.Run) throws {
    for (name, entry) in plan where name != "deploy" && name != "look" {
      guard let outcome = run.outcomes[name] else { continue }
      switch (entry.status, outcome) {
      case (.hit, .executed), (.hit, .failed):
        try require(false, "the plan said that `\(name)` is a hit, and it was \(outcome.word)")
      // What runs before it may come out as it once was, and then the cache may have a result that no
      // plan can know of.
      case (.run, .reused)
      where entry.dependsOn.contains { plan[$0.text]?.status != .hit }
        && run.reason(of: name) == .cached:
        break
      case (.run, .reused):
        try require(
          false, "the plan said that `\(name)` runs, for \(entry.reason), and it was a hit")
      default: break
      }
    }
  }

  private mutating func checkEffect(
    _ run: TaskFixture.Run, _ results: [(expected: ModelProject.Expected, basis: String)]
  ) throws {
    guard let outcome = run.outcomes["deploy"] else { return }
    guard let desired = project.desired(results) else {
      return try require(!outcome.isSuccess, "`deploy` succeeded without its inputs")
    }
    guard outcome.isSuccess else { return }
    try require(
      world.current?.payload == desired,
      "the world holds \(world.current?.payload ?? "nothing") and should hold \(desired)")
    if case .executed = outcome {
      try require(deployedBasis != desired, "`deploy` ran though the world was as desired")
    }
    deployedBasis = desired
  }

  /// The outputs of what succeeded are those of an evaluation from scratch, and nothing else is there.
  private func checkTree(
    _ results: [(expected: ModelProject.Expected, basis: String)], of run: TaskFixture.Run,
    isWhole: Bool
  ) throws {
    var expected: [String: String] = [:]
    var directories: Set<String> = []
    for (position, result) in results.enumerated() {
      guard run.outcomes["t\(position)"]?.isSuccess == true, case .made(let files) = result.expected
      else { continue }
      expected.merge(ModelProject.listing(files)) { old, _ in old }
      directories.insert("t\(position)")
    }
    let found = try FileTree(fixture.project.path("out")).contents().filter { path, _ in
      isWhole || directories.contains { path.hasPrefix($0 + "/") }
    }
    let foreign = found.filter { $0.key.hasSuffix("note.md") }
    try require(
      Set(foreign.keys) == foreignFiles.filter { isWhole || foreign.keys.contains($0) },
      "foreign files are \(foreign.keys.sorted()), should be \(foreignFiles.sorted())")
    let own = Dictionary(
      uniqueKeysWithValues: found.filter { !$0.key.hasSuffix("note.md") }.map {
        ("out/" + $0.key, $0.value)
      })
    try require(
      own == expected,
      """
      the outputs differ from an evaluation from scratch
      found: \(own.sorted { $0.key < $1.key })
      expected: \(expected.sorted { $0.key < $1.key })
      """)
  }

  /// Files of others below the directories of outputs, relative to `out`.
  var foreignFiles: Set<String> = []

  private mutating func remember(
    _ run: TaskFixture.Run, _ results: [(expected: ModelProject.Expected, basis: String)]
  ) {
    for (position, result) in results.enumerated() {
      let name = "t\(position)"
      switch run.outcomes[name] {
      case .executed:
        stored.insert("\(name)|\(result.basis)")
        last[position] = result.basis
      case .reused: last[position] = result.basis
      case .failed: last[position] = nil
      default: break
      }
    }
  }

  /// Nothing is in the cache any more.
  mutating func forgetCache() {
    stored = []
    isCacheDamaged = false
  }
}
