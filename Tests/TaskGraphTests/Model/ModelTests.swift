// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The engine against a model: random projects, random edits, and after each of them the result of an
// evaluation from scratch. A failure prints its seed and all its steps.

import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct ModelTests {
  /// How many series of projects there are, so that several run at once.
  static let lanes = 4
  /// Steps of one project.
  static let steps = 40
  /// Projects of one lane; `STAGECRAFT_MODEL_EPISODES` asks for more where there is time for it.
  static let episodes = 30

  private static func variable(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }

  @Test(arguments: 0..<UInt64(lanes))
  func `every run leaves what an evaluation from scratch would`(lane: UInt64) async throws {
    if let seed = Self.variable("STAGECRAFT_MODEL_SEED") {
      guard lane == 0 else { return }
      return try await play(seed, steps: Int(Self.variable("STAGECRAFT_MODEL_STEPS") ?? 40))
    }
    let episodes = Self.variable("STAGECRAFT_MODEL_EPISODES") ?? UInt64(Self.episodes)
    for number in 0..<episodes {
      try await play(lane * 1_000_000 + number, steps: Self.steps)
    }
  }

  private func play(_ seed: UInt64, steps: Int) async throws {
    try await TaskFixture.with { fixture in
      var episode = try ModelEpisode(seed: seed, in: fixture)
      do {
        for _ in 0..<steps { try await episode.step() }
      } catch let found as ModelEpisode.Contradiction {
        Issue.record(found)
        throw found
      }
    }
  }
}
