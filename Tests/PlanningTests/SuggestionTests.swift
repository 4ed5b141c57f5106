// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which name is offered for which mistake, and when none is.

import Planning
import Testing

/// The nearest name.
@Suite struct SuggestionTests {
  private let names = [
    "environments", "tasks", "services", "needs", "env", "dir", "env_file", "db",
  ]

  @Test(
    arguments: [
      ("enviroments", "environments"), ("environmnets", "environments"), ("task", "tasks"),
      ("tsaks", "tasks"), ("Tasks", "tasks"), ("needss", "needs"), ("envFile", "env_file"),
      ("env-file", "env_file"), ("dri", "dir"), ("dbb", "db"),
    ])
  func `a slip finds its name`(written: String, meant: String) {
    #expect(Suggestion.nearest(to: written, among: names) == meant)
  }

  @Test(arguments: ["", "x", "zzz", "completely", "ax", "servants"])
  func `what is far from all finds none`(written: String) {
    #expect(Suggestion.nearest(to: written, among: names) == nil)
  }

  @Test func `the earliest of equally near names wins`() {
    #expect(Suggestion.nearest(to: "web3", among: ["web1", "web2"]) == "web1")
  }

  @Test func `the nearer of two names wins`() {
    #expect(Suggestion.nearest(to: "workerz", among: ["works", "worker"]) == "worker")
  }
}
