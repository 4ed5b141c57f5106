// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Builds the image of an Encore.ts backend with Encore's own command. An effect; Encore sets no
// labels, so what tells that the image is current is the receipt together with the engine's id.

package import Cache
import SystemPackage
package import TaskGraph

/// Builds an image with `encore build docker`.
package struct EncoreBuild: EffectTask {
  package typealias Output = BuiltImage

  package static let kind = "encore-build"
  package static let revision = 1

  package let id: TaskID
  /// Relative to the project root.
  package let workdir: String
  package let reference: String
  package let context: TaskRef<ImageContext.Output>
  package let images: TaskRef<EngineImageList>

  /// Makes a task.
  package init(
    id: TaskID, workdir: String, reference: String, context: TaskRef<ImageContext.Output>,
    images: TaskRef<EngineImageList>
  ) {
    self.id = id
    self.workdir = workdir
    self.reference = reference
    self.context = context
    self.images = images
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.directory, "", workdir)
    manifest.add(.output, reference, "")
  }

  package func observed(
    key: Digest, receipt: Ledger.Receipt?, in context: TaskContext
  ) throws(TaskError) -> Observed<BuiltImage> {
    guard let image = try context.output(of: images).image(named: reference) else {
      return .differs("the image is not in the engine")
    }
    guard let receipt, receipt.key == key, let built = BuiltImage.read(receipt.value) else {
      return .differs("the image in the engine was built from other content")
    }
    guard built.id == image.id else {
      return .differs("the image of that name was built by something else")
    }
    return .holds(built, "the engine has it")
  }

  package func run(in context: TaskContext) async throws(TaskError) -> BuiltImage {
    let directory = context.root.pushing(FilePath(workdir)).lexicallyNormalized()
    var environment = DockerCLI(in: context).environment
    environment["DISABLE_ENCORE_TELEMETRY"] = "1"
    try await context.run(
      Command(
        "encore", ["build", "docker", reference], directory: directory.string,
        environment: environment))
    guard let image = try await EngineImages.list([reference], in: context).image(named: reference)
    else {
      throw TaskError(
        .unexpectedAnswer("encore"), "`encore build docker` succeeded but made no `\(reference)`",
        hint:
          "see that Encore builds into the engine that is used: DOCKER_HOST, or the docker context")
    }
    return BuiltImage(id: image.id, references: [reference])
  }
}
