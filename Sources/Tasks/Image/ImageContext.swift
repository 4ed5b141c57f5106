// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The digest of what an image is built from: the files that Docker would send, the Dockerfile, the
// ignore file. Pure; sends nothing anywhere.

package import Cache
import SystemPackage
package import TaskGraph

/// The digest of a build context.
package struct ImageContext: PureTask {
  /// What the context amounts to.
  package struct Output: Storable {
    package let digest: Digest
    package let files: Int

    package func write(to writer: inout RecordWriter) {
      writer.write(digest)
      writer.write(files)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      digest = try reader.readDigest()
      files = try reader.readInt()
    }

    init(digest: Digest, files: Int) {
      self.digest = digest
      self.files = files
    }
  }

  package static let kind = "image-context"
  package static let revision = 1
  package static let isPreviewable = true

  package let id: TaskID
  package let spec: ImageSpec

  /// The context of `spec`.
  package init(id: TaskID, spec: ImageSpec) {
    self.id = id
    self.spec = spec
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    if let inline = spec.inlineDockerfile {
      manifest.add(.setting, "dockerfile_inline", Digest.of(inline))
    }
    if spec.isRemote {
      // What it holds is the builder's to find out; its name is all that can be keyed here.
      manifest.add(.setting, "context", spec.context)
      return
    }
    manifest.add(.directory, "context", spec.context)
    try await describeTree(
      spec.context, name: "", dockerfile: spec.dockerfileIsAbsent ? nil : spec.dockerfilePath,
      &manifest, context)
    for extra in spec.additionalContexts where !Self.isRemote(extra.value) {
      try await describeTree(extra.value, name: extra.name, dockerfile: nil, &manifest, context)
    }
  }

  private static func isRemote(_ value: String) -> Bool {
    value.contains("://") || value.hasPrefix("service:") || value.hasPrefix("target:")
  }

  private func describeTree(
    _ directory: String, name: String, dockerfile: String?, _ manifest: inout Manifest,
    _ context: TaskContext
  ) async throws(TaskError) {
    guard FileIdentity(context.root.pushing(FilePath(directory)).string) != nil else {
      throw TaskError(
        .fileMissing(directory), "build context `\(directory)` is not there",
        hint: "correct `build.context` in the Compose file")
    }
    if let dockerfile, spec.inlineDockerfile == nil {
      guard let entry = try context.file(dockerfile) else {
        throw TaskError(
          .fileMissing(dockerfile), "`\(dockerfile)` is not there",
          hint: "create it, or correct `build.dockerfile` in the Compose file")
      }
      manifest.add(.input, "Dockerfile \(dockerfile)", entry.manifestValue)
    }
    let moment = context.moment()
    let tree: ContextTree.Contents
    do throws(ContextTree.Failure) {
      tree = try ContextTree.files(
        root: context.root, context: directory,
        dockerfile: spec.inlineDockerfile == nil ? dockerfile : nil)
    } catch {
      throw TaskError(.files, error.description)
    }
    for path in tree.missing { context.note(path: path, nil) }
    if let path = tree.ignoreFile { _ = try context.file(path) }
    context.note(tree.visits, since: moment)
    let files = context.files(of: tree, context: directory)
    let entries = try await context.files(files)
    var described: [Manifest.Entry] = []
    described.reserveCapacity(entries.count + tree.directories.count)
    for (path, entry) in zip(files, entries) {
      guard let entry else {
        throw TaskError.vanished(path, as: "`\(path)` of build context `\(directory)`")
      }
      // The whole permission bits: a build copies them into the image.
      let mode = String(entry.identity.mode & 0o7777, radix: 8)
      described.append(
        Manifest.Entry(.input, path, "\(mode):\(entry.manifestValue)"))
    }
    for directory in tree.directories {
      described.append(
        Manifest.Entry(.input, directory.path + "/", String(directory.mode & 0o7777, radix: 8)))
    }
    manifest.add(contentsOf: described)
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    guard let manifest = context.manifest else {
      throw TaskError(.invariant, "a context is digested from its manifest")
    }
    // What the context holds, and not which tasks made it: a rewrite with equal bytes stops here.
    return Output(
      digest: manifest.without(.dependency).key,
      files: manifest.entries.count { $0.field == .input })
  }
}
