// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Adds the tasks that make one image, by how it is made: one case a way.

import Cache
import TaskGraph
import Tasks

/// Plans the tasks that make images.
struct BackendProviders {
  let secretKey: [UInt8]
  /// The project's name.
  let project: String
  let jobs: Int
  let enginePool: Pool

  /// Adds the tasks that make `image`; returns the one that has it.
  func add(
    _ image: PlannedImage, after dependencies: [TaskID], bases: [TaskRef<BuiltImage>],
    images: TaskRef<EngineImageList>, to graph: inout Graph
  ) throws(GraphError) -> TaskRef<BuiltImage> {
    let name = image.service
    let policy = TaskPolicy(pool: enginePool, phase: "build", service: name)
    switch image.source {
    case .dockerfile(let spec):
      let context = try graph.add(
        ImageContext(id: TaskID("image/\(name)/context"), spec: spec), after: dependencies,
        policy: TaskPolicy(pool: .cpu(jobs), phase: "build", service: name))
      return try graph.add(
        ImageBuild(
          id: Planner.buildID(name), project: project, service: name, spec: spec,
          references: image.references, passingReferences: image.passingReferences,
          context: context, images: images, bases: bases,
          secretKey: secretKey), after: [context.id, images.id] + bases.map(\.id),
        policy: policy)
    case .encore(let workdir):
      var spec = ImageSpec()
      spec.context = workdir
      spec.dockerfileIsAbsent = true
      let context = try graph.add(
        ImageContext(id: TaskID("image/\(name)/context"), spec: spec), after: dependencies,
        policy: TaskPolicy(pool: .cpu(jobs), phase: "build", service: name))
      return try graph.add(
        EncoreBuild(
          id: Planner.buildID(name), workdir: workdir, reference: image.references[0],
          context: context, images: images), after: [context.id, images.id], policy: policy)
    }
  }
}
