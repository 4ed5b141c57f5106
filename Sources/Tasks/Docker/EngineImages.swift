// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks the engine once for all images of interest: what they are, what they were built from, what
// registries know them as.

package import Cache
import FoundationEssentials
package import TaskGraph

/// The images of a project as the engine has them.
package struct EngineImageList: Storable, Hashable {
  /// One image.
  package struct Image: Storable, Hashable {
    /// `sha256:…`, as the engine names it.
    package let id: String
    /// The names of interest that it has, sorted.
    package let references: [String]
    /// The content key that it was built from; nil where somebody else built it.
    package let contentKey: String?
    /// `repository@sha256:…` for each registry that has it, sorted.
    package let repositoryDigests: [String]

    package func write(to writer: inout RecordWriter) {
      writer.write(id)
      writer.write(references)
      writer.write(contentKey)
      writer.write(repositoryDigests)
    }

    package init(from reader: inout RecordReader) throws(RecordError) {
      id = try reader.readString()
      references = try reader.readList()
      contentKey = try reader.readOptional()
      repositoryDigests = try reader.readList()
    }

    /// Makes an image.
    package init(
      id: String, references: [String], contentKey: String?, repositoryDigests: [String]
    ) {
      self.id = id
      self.references = references
      self.contentKey = contentKey
      self.repositoryDigests = repositoryDigests
    }
  }

  /// Sorted by id.
  package let images: [Image]

  /// Makes a list.
  package init(_ images: [Image]) { self.images = images.sorted { $0.id < $1.id } }

  package func write(to writer: inout RecordWriter) { writer.write(images) }

  package init(from reader: inout RecordReader) throws(RecordError) {
    images = try reader.readList()
  }

  /// The image that has a name.
  package func image(named reference: String) -> Image? {
    images.first { $0.references.contains(reference) }
  }

  /// An image that was built from a content key; of several the one with most of these names.
  ///
  /// A build that was forced leaves one of earlier without names, or with old ones.
  package func image(builtFrom key: Digest, preferring names: [String]) -> Image? {
    var best: (image: Image, count: Int)?
    for image in images where image.contentKey == key.hex {
      let count = names.count { image.references.contains($0) }
      if count > best?.count ?? -1 { best = (image, count) }
    }
    return best?.image
  }
}

/// Asks the engine for the images with certain names.
package struct EngineImages: ObserveTask {
  package typealias Output = EngineImageList

  package static let kind = "engine-images"
  package static let revision = 1
  /// The label that carries the content key of an image.
  package static let contentKeyLabel = "dev.stagecraft.content-key"

  package let id: TaskID
  /// Full references, `name:tag`, sorted.
  package let references: [String]

  /// A question about `references`.
  package init(id: TaskID, references: [String]) {
    self.id = id
    self.references = references.sorted()
  }

  package var request: [UInt8] {
    var writer = RecordWriter()
    writer.write(references)
    return writer.bytes
  }

  /// The question that `request` stands for.
  package init(request: [UInt8]) throws(RecordError) {
    var reader = RecordReader(request)
    self.init(id: TaskID("engine/images"), references: try reader.readList())
  }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, list: references)
  }

  package func parts(of list: EngineImageList) -> [Observation] {
    list.images.flatMap { image in
      image.references.map { Observation("image \($0)", image.id) }
    }
  }

  package func run(in context: TaskContext) async throws(TaskError) -> Output {
    try await Self.list(references, in: context)
  }

  /// Asks the engine that the environment names.
  static func list(
    _ references: [String], in context: TaskContext
  ) async throws(TaskError) -> EngineImageList {
    let repositories = Set(references.map { ImageReference($0).repository }).sorted()
    let answers: [Answer]
    if let socket = EngineEndpoint(in: context).socket {
      answers = try ask(socket, repositories)
    } else {
      answers = try await askProgram(repositories, in: context)
    }
    let wanted = Set(references)
    return EngineImageList(
      answers.compactMap { answer in
        let names = (answer.RepoTags ?? []).filter(wanted.contains).sorted()
        let key = answer.key
        guard !names.isEmpty || key != nil else { return nil }
        return EngineImageList.Image(
          id: answer.Id, references: names, contentKey: key,
          repositoryDigests: (answer.RepoDigests ?? []).sorted())
      })
  }

  // The names are the engine's own.
  private struct Answer: Decodable {
    struct Configuration: Decodable {
      let Labels: [String: String]?
    }

    let Id: String
    let RepoTags: [String]?
    let RepoDigests: [String]?
    let Labels: [String: String]?
    let Config: Configuration?

    var key: String? { (Labels ?? Config?.Labels ?? [:])[EngineImages.contentKeyLabel] }
  }

  private static let absenceHint =
    "start the engine, or point DOCKER_HOST or the docker context at one that runs"

  private static func ask(
    _ socket: String, _ repositories: [String]
  ) throws(TaskError) -> [Answer] {
    let names = repositories.map { "\"\($0)\"" }.joined(separator: ",")
    let filters = EngineClient.percentEncoded("{\"reference\":[\(names)]}")
    do throws(EngineClient.Failure) {
      return try decoded(
        try EngineClient(socket: socket).get("/images/json?filters=\(filters)"))
    } catch {
      switch error {
      case .unreachable(let reason):
        throw TaskError(
          .unavailable("engine"), "no Docker engine answers at `\(socket)`: \(reason)",
          hint: Self.absenceHint)
      case .status(let status, let body):
        throw TaskError(
          .unexpectedAnswer("engine"), "the Docker engine answered \(status): \(body)",
          hint: "see whether `docker image ls` works, and what the log of the engine says")
      case .malformed:
        throw TaskError(
          .unexpectedAnswer("engine"), "what answers at `\(socket)` is no Docker engine",
          hint: "point DOCKER_HOST or the docker context at one")
      }
    }
  }

  private static func decoded(_ body: [UInt8]) throws(EngineClient.Failure) -> [Answer] {
    do {
      return try JSONDecoder().decode([Answer].self, from: Data(body))
    } catch {
      throw .malformed
    }
  }

  private static func askProgram(
    _ repositories: [String], in context: TaskContext
  ) async throws(TaskError) -> [Answer] {
    let docker = DockerCLI(in: context)
    var ids: Set<Substring> = []
    for repository in repositories {
      do throws(TaskError) {
        let listed = try await context.capture(docker.listImages(reference: repository))
        ids.formUnion(listed.split(separator: "\n"))
      } catch {
        guard case .exited = error.code else { throw error }
        throw TaskError(
          .unavailable("engine"), "no Docker engine answers `docker`", hint: Self.absenceHint,
          command: error.command, logTail: error.logTail)
      }
    }
    guard !ids.isEmpty else { return [] }
    let inspected = try await context.capture(docker.inspectImages(ids.sorted().map(String.init)))
    var answers: [Answer] = []
    for line in inspected.split(separator: "\n") {
      do {
        answers.append(try JSONDecoder().decode(Answer.self, from: Data(line.utf8)))
      } catch {
        throw TaskError(
          .unexpectedAnswer("docker"), "`docker image inspect` answered something else than JSON",
          hint: "see that the `docker` on PATH is Docker's own")
      }
    }
    return answers
  }
}
