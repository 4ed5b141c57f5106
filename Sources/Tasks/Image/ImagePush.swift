// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Sends one image to its registry and learns the digest that hosts will run. Skipped only when the
// registry holds, under that name, the digest that the engine knows the image by.

package import Cache
package import TaskGraph

/// An image in a registry.
package struct PushedImage: Storable, Hashable {
  /// `repository@sha256:…`: what hosts run, so that a moving tag cannot differ between them.
  package let digestReference: String

  /// Makes a value.
  package init(digestReference: String) { self.digestReference = digestReference }

  package func write(to writer: inout RecordWriter) { writer.write(digestReference) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    digestReference = try reader.readString()
  }
}

/// Pushes one image.
package struct ImagePush: EffectTask {
  package typealias Output = PushedImage

  package static let kind = "image-push"
  package static let revision = 1

  package let id: TaskID
  /// `repository:tag`.
  package let reference: String
  package let image: TaskRef<BuiltImage>
  package let images: TaskRef<EngineImageList>
  package let remote: TaskRef<RegistryDigest.Output>

  /// Makes a task.
  package init(
    id: TaskID, reference: String, image: TaskRef<BuiltImage>,
    images: TaskRef<EngineImageList>, remote: TaskRef<RegistryDigest.Output>
  ) {
    self.id = id
    self.reference = reference
    self.image = image
    self.images = images
    self.remote = remote
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "reference", reference)
  }

  private var prefix: String { ImageReference(reference).repository + "@" }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<PushedImage> {
    guard let remote = try context.output(of: remote).digest else {
      return .differs("the registry does not have it")
    }
    let built = try context.output(of: image)
    let local = try context.output(of: images).images.first { $0.id == built.id }
    let digestReference = prefix + remote
    guard local?.repositoryDigests.contains(digestReference) == true else {
      return .differs("the registry has another image under that name")
    }
    return .holds(PushedImage(digestReference: digestReference), "the registry has it")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> PushedImage {
    let docker = DockerCLI(in: context)
    try await context.run(docker.push(reference))
    let built = try context.output(of: image)
    let now = try await EngineImages.list([reference], in: context)
    guard
      let digest = now.images.first(where: { $0.id == built.id })?
        .repositoryDigests.first(where: { $0.hasPrefix(prefix) })
    else {
      throw TaskError(
        .unexpectedAnswer("engine"),
        "`\(reference)` was pushed, but the engine knows no digest of it",
        hint: "run it again; `docker buildx imagetools inspect` shows what the registry has")
    }
    return PushedImage(digestReference: digest)
  }
}
