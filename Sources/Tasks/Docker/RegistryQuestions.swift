// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks registries which digests they hold under names: through the operator's engine, which knows
// mirrors and plain registries, or through buildx where the engine has no socket here.

import Cache
import FoundationEssentials
import TaskGraph

/// What a registry said of a name.
enum RegistryAnswer: Sendable, Hashable {
  /// `sha256:…`, of the index where there is one: the same for hosts of all processors.
  case digest(String)
  /// None, in the words of who was asked.
  case silent(String)
}

/// Asks registries for digests.
struct RegistryQuestions {
  let context: TaskContext

  /// What registries hold under `references`; each is asked for once, all at the same time.
  func answers(to references: Set<String>) async throws(TaskError) -> [String: RegistryAnswer] {
    guard !references.isEmpty else { return [:] }
    let sorted = references.sorted()
    var answers: [String: RegistryAnswer] = [:]
    if let socket = EngineEndpoint(in: context).socket {
      let told = EngineClient(socket: socket).get(try await questions(about: sorted))
      for (reference, answer) in zip(sorted, told) {
        switch answer {
        case .success(let body): answers[reference] = Self.answer(body)
        case .failure(.status(_, let body)): answers[reference] = .silent(Self.message(body))
        // Without an engine, buildx asks by itself.
        case .failure(.unreachable), .failure(.malformed): break
        }
      }
    }
    for (reference, answer) in await ask(sorted.filter { answers[$0] == nil }) {
      answers[reference] = answer
    }
    return answers
  }

  private func questions(
    about references: [String]
  ) async throws(TaskError) -> [EngineClient.Question] {
    let configuration = DockerConfiguration.read(in: context)
    var known: [String: String?] = [:]
    var questions: [EngineClient.Question] = []
    for reference in references {
      let registry = ImageReference(reference).registry
      if known[registry] == nil {
        known[registry] = await configuration?.authorization(for: registry, in: context)
      }
      let name = EngineClient.percentEncoded(reference, keeping: "/:@")
      var question = EngineClient.Question(path: "/distribution/\(name)/json")
      question.headers["X-Registry-Auth"] = known[registry] ?? nil
      questions.append(question)
    }
    return questions
  }

  // The names are the engine's own.
  private struct Distribution: Decodable {
    struct Descriptor: Decodable {
      let digest: String
    }

    let Descriptor: Descriptor
  }

  private struct Refusal: Decodable {
    let message: String
  }

  private static func answer(_ body: [UInt8]) -> RegistryAnswer {
    do {
      return .digest(
        try JSONDecoder().decode(Distribution.self, from: Data(body)).Descriptor.digest)
    } catch {
      return .silent("the engine named no digest")
    }
  }

  private static func message(_ body: String) -> String {
    do {
      return try JSONDecoder().decode(Refusal.self, from: Data(body.utf8)).message
    } catch {
      return body
    }
  }

  private func ask(_ references: [String]) async -> [String: RegistryAnswer] {
    let context = self.context
    return await withTaskGroup(of: (String, RegistryAnswer).self) { group in
      for reference in references {
        group.addTask {
          do throws(TaskError) {
            let told = try await context.capture(
              DockerCLI(in: context).remoteDigest(reference), isQuiet: true)
            return (
              reference, .digest(try RegistryDigest.digest(of: reference, in: told))
            )
          } catch {
            return (reference, .silent(error.message))
          }
        }
      }
      var answers: [String: RegistryAnswer] = [:]
      for await (reference, answer) in group { answers[reference] = answer }
      return answers
    }
  }
}
