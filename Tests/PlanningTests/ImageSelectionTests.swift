// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves which images of a deploy are looked up: by what the environment, the Compose file and the
// person who deploys say.

import Tasks
import Testing

@testable import Planning

struct ImageSelectionTests {
  private static func service(_ name: String, _ image: String?, pull: String? = nil)
    -> ComposeService
  {
    var service = ComposeService(name: name, image: image, build: nil)
    service.pullPolicy = pull
    return service
  }

  private static let services = [
    service("db", "postgres:15"), service("cache", "redis:7", pull: "always"),
    service("fixed", "web@sha256:" + String(repeating: "a", count: 64)),
    service("mine", "tool:1", pull: "never"), service("built", nil),
  ]

  /// The services whose images are chosen, with `!` behind those that are looked up anew.
  private func chosen(
    _ policy: ImagePolicy, _ updates: [String] = [],
    deployed: Set<String> = ["db", "cache", "fixed", "mine", "built"]
  ) throws -> [String] {
    try ImageSelection(policy: policy, updates: updates, deployed: deployed)
      .images(of: Self.services).map { $0.service + ($0.isFollowed ? "!" : "") }
  }

  @Test func `a name is kept unless somebody says otherwise`() throws {
    #expect(try chosen(.keep) == ["db", "cache!"])
    #expect(try chosen(.follow) == ["db!", "cache!"])
    #expect(try chosen(.off) == [])
  }

  @Test func `what a person asks for is looked up, whatever the file says`() throws {
    #expect(try chosen(.keep, ["db"]) == ["db!", "cache!"])
    #expect(try chosen(.keep, ["postgres:*"]) == ["db!", "cache!"])
    #expect(try chosen(.off, ["*"]) == ["db!", "cache!", "mine!"])
  }

  @Test func `of what is not deployed now nothing is looked up`() throws {
    #expect(try chosen(.follow, ["db"], deployed: ["fixed"]) == ["db", "cache"])
  }

  @Test func `a name that is none of them is refused with the nearest`() {
    let error = #expect(throws: ProjectError.self) { try chosen(.keep, ["dbb"]) }
    #expect(error?.diagnostics.first?.message.contains("dbb") == true)
    #expect(throws: ProjectError.self) { try chosen(.keep, ["fixed"]) }
  }
}
