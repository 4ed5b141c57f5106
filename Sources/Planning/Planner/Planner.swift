// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Turns a project and a goal into a graph. Runs no command and reads no file: what Compose says comes
// in as a value.

import Cache
package import TaskGraph
package import Tasks

/// Plans graphs.
package struct Planner: Sendable {
  /// What a build needs beside the project.
  package struct BuildInputs: Sendable {
    /// What Compose made of the Compose files.
    package let compose: ComposeModel
    /// The task that said so; it is part of the graph.
    package let composeTask: ComposeConfig
    /// The version that images are tagged with.
    package let version: ImageVersion
    /// The key that secrets are digested with.
    package let secretKey: [UInt8]

    /// Bundles the inputs.
    package init(
      compose: ComposeModel, composeTask: ComposeConfig, version: ImageVersion, secretKey: [UInt8]
    ) {
      self.compose = compose
      self.composeTask = composeTask
      self.version = version
      self.secretKey = secretKey
    }
  }

  let project: Project
  /// How many tasks may use a processor at once.
  let jobs: Int
  /// How many images the engine builds at once.
  let engineJobs: Int

  /// A planner for `project`.
  package init(_ project: Project, jobs: Int, engineJobs: Int) {
    self.project = project
    self.jobs = jobs
    self.engineJobs = engineJobs
  }

  /// The graph of the user's own tasks and all that they need.
  package func tasks(_ names: [String]) throws(ProjectError) -> Graph {
    var graph = Graph()
    try add(tasks: try names.map { (name) throws(ProjectError) in try known(name) }, to: &graph)
    return graph
  }

  /// The graph of a build.
  package func build(
    services names: [String], push: Bool, _ inputs: BuildInputs
  ) throws(ProjectError) -> Graph {
    let images = try ImagePlanning(
      project: project, compose: inputs.compose, version: inputs.version
    ).images(of: names, push: push)
    var graph = Graph()
    try add(tasksFor: images, to: &graph)
    do throws(GraphError) {
      let config = try graph.add(
        inputs.composeTask, policy: TaskPolicy(pool: .light, phase: "prepare"))
      _ = try add(images, push: push, after: [config.id], inputs, to: &graph)
    } catch {
      throw Self.clash(error)
    }
    return graph
  }

  /// What became of images in a graph, by service.
  struct Images {
    var built: [String: TaskRef<BuiltImage>] = [:]
    var pushed: [String: TaskRef<PushedImage>] = [:]
  }

  /// Adds the user tasks that images need.
  func add(tasksFor images: [PlannedImage], to graph: inout Graph) throws(ProjectError) {
    try add(tasks: images.map(\.service).flatMap(needs(of:)), to: &graph)
  }

  /// Adds images, and with `push` their way to the registry where they have one.
  ///
  /// `beforePush` adds what comes between the builds that it is told and the first push, and returns
  /// what pushes wait for.
  func add(
    _ images: [PlannedImage], push: Bool, after before: [TaskID], _ inputs: BuildInputs,
    to graph: inout Graph,
    beforePush: (_ built: [TaskID], _ graph: inout Graph) throws(GraphError) -> [TaskID] = {
      (_, _) throws(GraphError) in []
    }
  ) throws(GraphError) -> Images {
    var done = Images()
    guard !images.isEmpty else {
      _ = try beforePush(before, &graph)
      return done
    }
    let engine = try graph.add(
      EngineImages(
        id: TaskID("engine/images"), references: Array(Set(images.flatMap(\.references)))),
      policy: TaskPolicy(pool: .light, phase: "prepare"))
    let providers = BackendProviders(
      secretKey: inputs.secretKey, project: project.name, jobs: jobs, enginePool: pool("engine"))
    for image in images {
      let needs = project.service(image.service)?.needs.map { TaskID($0.name) } ?? []
      done.built[image.service] = try providers.add(
        image, after: needs + before, bases: image.basedOn.compactMap { done.built[$0] },
        images: engine, to: &graph)
    }
    let opened = try beforePush(images.compactMap { done.built[$0.service]?.id }, &graph)
    for image in images where push {
      guard let reference = image.pushed, let built = done.built[image.service] else { continue }
      let remote = try graph.add(
        RegistryDigest(id: TaskID("registry/\(image.service)"), reference: reference),
        policy: TaskPolicy(
          pool: pool("registry"), phase: "prepare", service: image.service))
      done.pushed[image.service] = try graph.add(
        ImagePush(
          id: TaskID("image/\(image.service)/push"), reference: reference, image: built,
          images: engine, remote: remote),
        after: [built.id, engine.id, remote.id] + opened,
        policy: TaskPolicy(pool: pool("registry"), phase: "push", service: image.service))
    }
    return done
  }

  /// The task that builds the image of a service.
  static func buildID(_ service: String) -> TaskID { TaskID("image/\(service)/build") }

  /// A graph that does not hold together: the reader saw to it that names differ and are known.
  static func clash(_ error: GraphError) -> ProjectError {
    let fault =
      switch error {
      case .duplicateTask(let id): "two tasks are named `\(id)`"
      case .unknownTask(let id, let neededBy): "`\(neededBy)` needs `\(id)`, which is not planned"
      }
    let message = "a fault of the program: " + fault
    return ProjectError(
      Diagnostic(.stated(id: "graph", message: message, hint: nil)))
  }

  private func known(_ name: String) throws(ProjectError) -> String {
    if project.task(name) != nil { return name }
    throw ProjectError(
      Diagnostic(
        .unknownTask(name, nearest: Suggestion.nearest(to: name, among: project.tasks.map(\.name))))
    )
  }

  /// Adds user tasks after all that they need, each once.
  ///
  /// The reader saw to it that there is no cycle.
  func add(tasks names: [String], to graph: inout Graph) throws(ProjectError) {
    var open = Array(names.reversed())
    var expanded: Set<String> = []
    var added: Set<String> = []
    while let name = open.popLast() {
      // Images and hooks may need the same.
      guard !added.contains(name), graph.position(of: TaskID(name)) == nil,
        let task = project.task(name)
      else { continue }
      if expanded.insert(name).inserted, !task.needs.isEmpty {
        open.append(name)
        open.append(contentsOf: task.needs.map(\.name).reversed())
        continue
      }
      added.insert(name)
      do throws(GraphError) {
        try graph.add(
          CommandTask(task), after: task.needs.map { TaskID($0.name) },
          policy: TaskPolicy(
            pool: pool(task.pool), phase: "tasks", timeout: task.timeout, retries: task.retries,
            declaredAt: task.location.description))
      } catch {
        throw Self.clash(error)
      }
    }
  }

  private func pool(_ name: String?) -> Pool {
    let name = name ?? "cpu"
    return Pool(
      name,
      capacity: project.pools.first { $0.name == name }?.limit
        ?? (name == "cpu" ? jobs : engineJobs))
  }
}

extension CommandTask {
  /// The task that a definition asks for.
  init(_ definition: TaskDefinition) {
    let script: Script =
      switch definition.command {
      case .arguments(let words): .arguments(words)
      case .shell(let text): .shell(text)
      }
    self.init(
      id: TaskID(definition.name), script: script, directory: definition.directory,
      inputs: definition.inputs.map { ($0.isExclusion ? "!" : "") + $0.text },
      outputs: definition.outputs.map(\.text),
      variables: definition.environment.map { variable in
        switch variable {
        case .passed(let name): .passed(name)
        case .fixed(let name, let value): .fixed(name, value)
        }
      })
  }
}
