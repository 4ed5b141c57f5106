// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks a registry which digest it holds under a name, with the user's own credentials.

package import Cache
package import TaskGraph

/// Asks a registry for one digest.
package struct RegistryDigest: ObserveTask {
  /// What the registry holds.
  package struct Output: Storable, Hashable {
    /// `sha256:…`; nil where the registry has nothing under that name or did not say.
    package let digest: String?

    package init(digest: String?) { self.digest = digest }

    package func write(to writer: inout RecordWriter) { writer.write(digest) }

    package init(from reader: inout RecordReader) throws(RecordError) {
      digest = try reader.readOptional()
    }
  }

  package static let kind = "registry-digest"
  package static let revision = 1

  package let id: TaskID
  package let reference: String

  /// A question about `reference`.
  package init(id: TaskID, reference: String) {
    self.id = id
    self.reference = reference
  }

  package var request: [UInt8] {
    var writer = RecordWriter()
    writer.write(reference)
    return writer.bytes
  }

  /// The question that `request` stands for.
  package init(request: [UInt8]) throws(RecordError) {
    var reader = RecordReader(request)
    self.init(id: TaskID("registry"), reference: try reader.readString())
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "reference", reference)
  }

  package func parts(of output: Output) -> [Observation] {
    [Observation("digest of \(reference)", output.digest ?? "none")]
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    let docker = DockerCLI(in: context)
    do throws(TaskError) {
      // That an image is not there yet is an error to the program and none to the user.
      let answer = try await context.capture(docker.remoteDigest(reference), isQuiet: true)
      return Output(digest: try Self.digest(of: reference, in: answer))
    } catch {
      // An image that was never pushed, and a registry that is away, end alike here. The push that
      // follows then says what is wrong, if something is.
      guard case .exited = error.code else { throw error }
      return Output(digest: nil)
    }
  }

  /// The digest in what `docker buildx imagetools inspect` printed.
  static func digest(
    of reference: String, in answer: String
  ) throws(TaskError) -> String {
    for line in answer.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "Digest:", words[1].hasPrefix("sha256:") {
        return String(words[1])
      }
    }
    throw TaskError(
      .unexpectedAnswer("docker"),
      "`docker buildx imagetools inspect` named no digest of `\(reference)`",
      hint: "run it by hand: it prints a line `Digest:` where buildx and the registry are in order")
  }
}
