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
  /// Random projects in one lane, and steps of each.
  static let lanes = 4
  static let episodes = 125
  static let steps = 40

  private static func variable(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }

  @Test(arguments: 0..<UInt64(lanes))
  func `every run leaves what an evaluation from scratch would`(lane: UInt64) async throws {
    if let seed = Self.variable("STAGECRAFT_MODEL_SEED") {
      guard lane == 0 else { return }
      return try await play(seed, steps: Int(Self.variable("STAGECRAFT_MODEL_STEPS") ?? 40))
    }
    for number in 0..<UInt64(Self.episodes) {
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
