// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The graph as a value: tasks, what each waits for, and the limits they run under. Adding a task
// returns the typed reference by which later tasks read it, so a cycle cannot be written.

package import Cache

/// A task's name with the type of its output; made only by ``Graph/add(_:after:policy:)``.
package struct TaskRef<Output: Storable>: Hashable, Sendable {
  package let id: TaskID

  init(id: TaskID) { self.id = id }
}

/// The rules that one task runs under.
package struct TaskPolicy: Sendable, Hashable {
  package var pool: Pool
  /// A label for displays and releases: `build`, `push`, `tasks`.
  package var phase: String
  /// The host that it works on or asks; nil where it is about none or about several.
  package var host: String?
  /// The Compose service that it is about; nil where it is about none or about several.
  package var service: String?
  package var timeout: Duration?
  /// How many attempts may follow a failed one.
  package var retries: Int
  /// Where the user declared it: `stagecraft.yml:7:3`.
  package var declaredAt: String?
  /// How many of the tasks that it waits for may fail or be skipped before it is skipped as well.
  package var toleratedFailures = 0

  /// Makes a policy.
  package init(
    pool: Pool = .light, phase: String = "tasks", host: String? = nil, service: String? = nil,
    timeout: Duration? = nil, retries: Int = 0, declaredAt: String? = nil
  ) {
    self.pool = pool
    self.phase = phase
    self.host = host
    self.service = service
    self.timeout = timeout
    self.retries = retries
    self.declaredAt = declaredAt
  }
}

/// Why a graph could not be made.
package enum GraphError: Error, Sendable, Hashable {
  case duplicateTask(TaskID)
  case unknownTask(TaskID, neededBy: TaskID)
}

/// Tasks and what each waits for; every task stands after those it needs.
package struct Graph: Sendable {
  /// One task in the graph.
  package struct Node: Sendable {
    package let id: TaskID
    package let taskClass: TaskClass
    package let kind: String
    package let policy: TaskPolicy
    /// Positions in `nodes`, each smaller than this node's own, ascending.
    package let dependencies: [Int32]
    /// The work.
    let work: Work
  }

  /// The task itself, by class.
  enum Work: Sendable {
    case pure(any PureTask)
    case observe(any ObserveTask)
    case effect(any EffectTask)
  }

  /// In an order in which they could run.
  package private(set) var nodes: [Node] = []
  private var positions: [TaskID: Int32] = [:]

  /// A graph without tasks.
  package init() {}

  /// Makes room for `count` tasks.
  package mutating func reserveCapacity(_ count: Int) {
    nodes.reserveCapacity(count)
    positions.reserveCapacity(count)
  }

  /// Where a task stands; nil where the graph has none of that name.
  package func position(of id: TaskID) -> Int? { positions[id].map(Int.init) }

  /// Adds a pure task.
  @discardableResult
  package mutating func add<Kind: PureTask>(
    _ task: Kind, after dependencies: [TaskID] = [], policy: TaskPolicy = TaskPolicy()
  ) throws(GraphError) -> TaskRef<Kind.Output> {
    try insert(task, .pure(task), .pure, dependencies, policy)
  }

  /// Adds an observation.
  @discardableResult
  package mutating func add<Kind: ObserveTask>(
    _ task: Kind, after dependencies: [TaskID] = [], policy: TaskPolicy = TaskPolicy()
  ) throws(GraphError) -> TaskRef<Kind.Output> {
    try insert(task, .observe(task), .observe, dependencies, policy)
  }

  /// Adds an effect.
  @discardableResult
  package mutating func add<Kind: EffectTask>(
    _ task: Kind, after dependencies: [TaskID] = [], policy: TaskPolicy = TaskPolicy()
  ) throws(GraphError) -> TaskRef<Kind.Output> {
    try insert(task, .effect(task), .effect, dependencies, policy)
  }

  private mutating func insert<Kind: TaskKind>(
    _ task: Kind, _ work: Work, _ taskClass: TaskClass, _ dependencies: [TaskID],
    _ policy: TaskPolicy
  ) throws(GraphError) -> TaskRef<Kind.Output> {
    let id = task.id
    guard positions[id] == nil else { throw .duplicateTask(id) }
    var before: [Int32] = []
    before.reserveCapacity(dependencies.count)
    for dependency in dependencies {
      guard let position = positions[dependency] else {
        throw .unknownTask(dependency, neededBy: id)
      }
      before.append(position)
    }
    before.sort()
    // A dependency that is named twice counts once.
    var kept = 0
    for position in before where kept == 0 || before[kept - 1] != position {
      before[kept] = position
      kept += 1
    }
    before.removeLast(before.count - kept)
    positions[id] = Int32(nodes.count)
    nodes.append(
      Node(
        id: id, taskClass: taskClass, kind: Kind.kind, policy: policy, dependencies: before,
        work: work))
    return TaskRef(id: id)
  }

  /// The part of the graph that `goals` need, in the same order.
  package func subgraph(reaching goals: [TaskID]) -> Graph {
    var wanted = [Bool](repeating: false, count: nodes.count)
    for goal in goals {
      if let position = positions[goal] { wanted[Int(position)] = true }
    }
    for position in nodes.indices.reversed() where wanted[position] {
      for dependency in nodes[position].dependencies { wanted[Int(dependency)] = true }
    }
    var part = Graph()
    var moved = [Int32](repeating: -1, count: nodes.count)
    for position in nodes.indices where wanted[position] {
      let node = nodes[position]
      moved[position] = Int32(part.nodes.count)
      part.positions[node.id] = Int32(part.nodes.count)
      part.nodes.append(
        Node(
          id: node.id, taskClass: node.taskClass, kind: node.kind, policy: node.policy,
          dependencies: node.dependencies.map { moved[Int($0)] }, work: node.work))
    }
    return part
  }
}
