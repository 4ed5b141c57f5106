// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Builds one image into the engine with BuildKit. An effect: skipped only when the engine has an image
// that was built from the same content and carries every name it should.

package import Cache
import FoundationEssentials
import SystemPackage
package import TaskGraph

/// An image in the engine.
package struct BuiltImage: Storable, Hashable {
  /// `sha256:…`, as the engine names it.
  package let id: String
  /// Every name that it was given, sorted.
  package let references: [String]

  /// Makes a value.
  package init(id: String, references: [String]) {
    self.id = id
    self.references = references.sorted()
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(id)
    writer.write(references)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    id = try reader.readString()
    references = try reader.readList()
  }
}

/// Builds one image.
package struct ImageBuild: EffectTask {
  package typealias Output = BuiltImage

  package static let kind = "image-build"
  package static let revision = 1

  package let id: TaskID
  package let project: String
  package let service: String
  package let spec: ImageSpec
  /// Full names, `repository:tag`, that the image must have.
  package let references: [String]
  /// Names that it gets when it is built; part of no key, and not missed otherwise.
  package let passingReferences: [String]
  package let context: TaskRef<ImageContext.Output>
  package let images: TaskRef<EngineImageList>
  /// The images that this one is built on.
  package let bases: [TaskRef<BuiltImage>]
  /// The key that secrets are digested with.
  package let secretKey: [UInt8]

  /// Makes a task.
  package init(
    id: TaskID, project: String, service: String, spec: ImageSpec, references: [String],
    passingReferences: [String] = [], context: TaskRef<ImageContext.Output>,
    images: TaskRef<EngineImageList>,
    bases: [TaskRef<BuiltImage>] = [], secretKey: [UInt8]
  ) {
    self.id = id
    self.project = project
    self.service = service
    self.spec = spec
    self.references = references.sorted()
    self.passingReferences = passingReferences
    self.context = context
    self.images = images
    self.bases = bases
    self.secretKey = secretKey
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.setting, "project", project)
    manifest.add(.setting, "service", service)
    for argument in spec.arguments {
      manifest.add(.argument, argument.name, Digest.of(argument.value))
    }
    if let target = spec.target { manifest.add(.setting, "target", target) }
    manifest.add(
      .platform, "", spec.platforms.isEmpty ? "engine" : spec.platforms.joined(separator: ","))
    for label in spec.labels { manifest.add(.setting, "label \(label.name)", label.value) }
    for extra in spec.additionalContexts {
      manifest.add(.setting, "context \(extra.name)", extra.value)
    }
    for (name, list) in [
      ("ssh", spec.ssh), ("extra_hosts", spec.extraHosts), ("cache_from", spec.cacheFrom),
    ] where !list.isEmpty {
      manifest.add(.setting, name, list.joined(separator: "\n"))
    }
    if let network = spec.network { manifest.add(.setting, "network", network) }
    if let size = spec.sharedMemory { manifest.add(.setting, "shm_size", size) }
    for secret in spec.secrets {
      manifest.add(.secret, secret.name, try digest(of: secret, in: context))
    }
    for base in bases {
      manifest.add(.setting, "base \(base.id)", try context.output(of: base).id)
    }
    // Names are what comes out; the content is keyed without them.
    for reference in references { manifest.add(.output, reference, "") }
  }

  private func digest(
    of secret: ImageSpec.Secret, in context: TaskContext
  ) throws(TaskError) -> Digest {
    switch secret.source {
    case .variable(let name):
      guard let value = context.variable(name) else {
        throw TaskError(
          .input, "build secret `\(secret.name)` needs the variable `\(name)`, which is not set",
          hint: "set it in the environment or in the environment's `env_file`")
      }
      return Digest.keyed(Array(value.utf8), by: secretKey)
    case .file(let path):
      guard let entry = try context.file(path) else {
        throw TaskError(
          .fileMissing(path), "build secret `\(secret.name)` needs `\(path)`, which is not there",
          hint: "create it, or correct `secrets` in the Compose file")
      }
      return Digest.keyed(entry.digest.bytes, by: secretKey)
    }
  }

  /// What identifies the image's content: the manifest without the names it gets, and of other
  /// images their content and not their names.
  private func contentKey(_ context: TaskContext) throws(TaskError) -> Digest {
    guard let manifest = context.manifest else {
      throw TaskError(.invariant, "an image is built from its manifest")
    }
    return manifest.keeping { entry in
      switch entry.field {
      case .output: false
      case .dependency: entry.name == self.context.id.text
      default: true
      }
    }.key
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<BuiltImage> {
    let list = try context.output(of: images)
    let content = try contentKey(context)
    guard let image = list.image(builtFrom: content, preferring: references) else {
      guard let name = references.first, let other = list.image(named: name) else {
        return .differs("the image is not in the engine")
      }
      return .differs(
        other.contentKey == nil
          ? "the image of that name was built by something else"
          : "the image in the engine was built from other content")
    }
    if let missing = references.first(where: { !image.references.contains($0) }) {
      return .differs("the image has no tag `\(missing)` yet")
    }
    return .holds(
      BuiltImage(id: image.id, references: references), "the engine has it")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> BuiltImage {
    let docker = DockerCLI(in: context)
    let content = try contentKey(context)
    let known = try context.output(of: images)
    if !context.isForced, let image = known.image(builtFrom: content, preferring: references) {
      for reference in references where !image.references.contains(reference) {
        context.log("tagging \(image.id) as \(reference)")
        try await context.run(docker.tag(image.id, as: reference))
      }
      return BuiltImage(id: image.id, references: references)
    }
    let metadata = context.temporaryFile("metadata.json")
    defer { context.removeTemporaryFile(metadata) }
    var labels: [String: String] = [:]
    for label in spec.labels { labels[label.name] = label.value }
    labels["dev.stagecraft.project"] = project
    labels["dev.stagecraft.service"] = service
    labels[EngineImages.contentKeyLabel] = content.hex
    var spec = self.spec
    for position in spec.secrets.indices {
      if case .variable(let name) = spec.secrets[position].source {
        spec.secrets[position].value = context.variable(name)
      }
    }
    let hiding = try hideState(from: &spec, in: context)
    defer { for file in hiding { context.removeTemporaryFile(file) } }
    let command = docker.build(
      spec, references: references + passingReferences, labels: labels, metadataFile: metadata
    ) { secret in
      if case .file(let path) = secret.source { path } else { nil }
    }
    try await context.run(command)
    return try await verified(content, metadata, docker, in: context)
  }

  /// Has a build of the whole project leave out the state directory, by a copy of the Dockerfile with
  /// an ignore file of its own; returns the files that it made.
  private func hideState(
    from spec: inout ImageSpec, in context: TaskContext
  ) throws(TaskError) -> [String] {
    let dockerfile = spec.inlineDockerfile == nil ? spec.dockerfilePath : nil
    let rules: [UInt8]?
    do throws(ContextTree.Failure) {
      rules = try ContextTree.ignoreTextHidingState(
        root: context.root, context: spec.context, dockerfile: dockerfile)
    } catch {
      throw TaskError(.files, error.description)
    }
    guard let rules else { return [] }
    let copy = context.temporaryFile("Dockerfile")
    do throws(CacheError) {
      var text = Array((spec.inlineDockerfile ?? "").utf8)
      if let dockerfile {
        text = try FileSystem.read(context.root.pushing(FilePath(dockerfile))) ?? []
      }
      try FileSystem.replace(FilePath(copy), with: text)
      try FileSystem.replace(FilePath(copy + ".dockerignore"), with: rules)
    } catch {
      throw TaskError(error)
    }
    spec.inlineDockerfile = nil
    spec.dockerfileFromRoot = copy
    return [copy, copy + ".dockerignore"]
  }

  /// Asks the engine for what was just built: a build that went to another builder is not there.
  private func verified(
    _ content: Digest, _ metadata: String, _ docker: DockerCLI, in context: TaskContext
  ) async throws(TaskError) -> BuiltImage {
    let now = try await EngineImages.list(references, in: context)
    guard let image = now.image(builtFrom: content, preferring: references),
      references.allSatisfy(image.references.contains)
    else {
      let digest = Self.digest(inMetadata: metadata).map { " (\($0))" } ?? ""
      throw TaskError(
        .unavailable("engine"),
        "the build succeeded but the image\(digest) is not in the engine",
        hint: "check `docker buildx ls`: the current builder must load into the engine that is used"
      )
    }
    return BuiltImage(id: image.id, references: references)
  }

  private struct Metadata: Decodable {
    let digest: String?

    enum CodingKeys: String, CodingKey { case digest = "containerimage.digest" }
  }

  /// The digest that BuildKit says it made.
  private static func digest(inMetadata path: String) -> String? {
    guard let bytes = try? FileSystem.read(FilePath(path)),
      let metadata = try? JSONDecoder().decode(Metadata.self, from: Data(bytes))
    else { return nil }
    return metadata.digest
  }
}
