// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what a page holds and what it cannot hold: no markup of others, no address, nothing hidden.

import Cache
import Foundation
import Testing

@testable import TaskGraph

struct HTMLPageTests {
  private func page(_ plan: [PlanEntry], goal: String = "deploy") -> String {
    String(
      decoding: HTMLPage.render(Picture(plan, goal: goal, environment: "prod")), as: UTF8.self)
  }

  private func data(_ page: String) throws -> [String: Any] {
    let start = try #require(page.firstRange(of: "id=\"data\">"))
    let rest = page[start.upperBound...]
    let end = try #require(rest.firstRange(of: "</script>"))
    return try #require(
      try JSONSerialization.jsonObject(with: Data(rest[..<end.lowerBound].utf8)) as? [String: Any])
  }

  @Test func `names and reasons cannot leave their place`() throws {
    let page = page(PictureSamples.hostile, goal: "run <b>\"x\"&'y'</b>")
    #expect(page.components(separatedBy: "</script").count == 3)
    #expect(page.components(separatedBy: "<script").count == 3)
    #expect(!page.contains("<!--"))
    #expect(
      page.contains("<title>plan: run &lt;b&gt;&quot;x&quot;&amp;&#39;y&#39;&lt;/b&gt;, prod"))
    let tasks = try #require(try data(page)["tasks"] as? [[String: Any]])
    #expect(
      tasks.compactMap { $0["id"] as? String } == [
        "</script><script>alert(1)</script>", "<!--<script>", "evil‹U+202E›gpj.exe", "{{data}}",
      ])
    #expect(tasks[2]["reason"] as? String == "output `ared‹U+0007›‹U+0000›b` is gone or was edited")
    #expect(tasks[3]["reason"] as? String == "line break tab ‹U+2028› ‹U+FEFF›")
  }

  @Test func `nothing in a page can be fetched, and nothing but its own script runs`() throws {
    let page = page(Samples.plan)
    let addresses = page.matches(of: /(https?:)?\/\/[a-z0-9.]+\.[a-z]{2,}[^"]*/).map {
      String($0.output.0)
    }
    #expect(addresses == ["http://www.w3.org/2000/svg"])
    #expect(!page.contains("@import") && !page.contains("url(") && !page.contains("<link"))
    func digest(_ open: String, _ close: String) throws -> String {
      let start = try #require(page.ranges(of: open).last)
      let rest = page[start.upperBound...]
      let end = try #require(rest.firstRange(of: close))
      return Data(Digest.of(String(rest[..<end.lowerBound])).bytes).base64EncodedString()
    }
    let policy = try #require(page.firstMatch(of: /Content-Security-Policy" content="([^"]*)"/)?.1)
    #expect(policy.contains("default-src 'none'"))
    #expect(policy.contains("script-src 'sha256-\(try digest("<script>", "</script>"))'"))
    #expect(policy.contains("style-src 'sha256-\(try digest("<style>", "</style>"))'"))
    #expect(!policy.contains("unsafe"))
  }

  @Test func `a page holds each task with its place, reason, changes and arrows`() throws {
    let data = try data(page(Samples.plan))
    #expect(data["kind"] as? String == "plan")
    let tasks = try #require(data["tasks"] as? [[String: Any]])
    #expect(tasks.count == Samples.plan.count)
    #expect(tasks[0]["status"] as? String == "run")
    let changes = try #require(tasks[0]["changes"] as? [[String: String]])
    #expect(changes[0] == ["kind": "file", "name": "api/server.py", "old": "aa", "new": "bb"])
    #expect(changes[1] == ["kind": "variable", "name": "MODE", "new": "dev"])
    #expect(tasks[4]["before"] as? [Int] == [1, 2, 3])
    #expect((tasks[4]["at"] as? [Int])?.count == 3)
    #expect(data["critical"] as? [Int] == [0, 1, 4])
    let causes = try #require(data["causes"] as? [[String: Any]])
    #expect(
      causes.compactMap { $0["text"] as? String } == [
        "file `api/server.py` changed, +1 more", "never ran here",
        "what they need runs before them",
      ])
  }

  @Test func `a page of two thousand tasks is well below five megabytes`() {
    let plan = PictureSamples.deploy(hosts: 60, services: 10)
    let page = HTMLPage.render(Picture(plan, goal: "deploy", environment: "prod"))
    #expect(plan.count > 1900)
    #expect(page.count < 2_000_000)
  }

  @Test func `equal plans make equal pages`() {
    let plan = PictureSamples.deploy(hosts: 3, services: 2)
    #expect(page(plan) == page(plan))
  }

  @Test func `an empty plan makes a page`() throws {
    #expect((try data(page([]))["tasks"] as? [Any])?.isEmpty == true)
  }

  @Test(arguments: [
    ("plain", "plain"), ("naïve 🙂 日本", "naïve 🙂 日本"), ("a\u{1B}[1;31mb\u{1B}[0mc", "abc"),
    ("a\u{1B}]0;title\u{7}b", "ab"), ("x\u{200B}y", "x‹U+200B›y"), ("a\r\nb", "a b"),
    ("a\u{85}b", "a‹U+0085›b"), ("\u{E0041}", "‹U+E0041›"),
  ])
  func `what cannot be seen becomes its number`(text: String, shown: String) {
    #expect(VisibleText.line(text) == shown)
  }

  @Test func `lines of a log stay lines`() {
    #expect(VisibleText.lines("10%\r20%\r\nnext\n") == "10%\n20%\nnext\n")
  }
}
