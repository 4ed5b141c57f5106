// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves the whole text of each drawing, that it never varies, and that Graphviz takes it.

import Foundation
import TestSupport
import Testing

@testable import TaskGraph

struct GraphDrawingTests {
  @Test func `the list has mark, word, name and reason in columns`() {
    #expect(
      TextList.render(Samples.plan, showsAll: true) == """
        ● run    codegen            file `api/server.py` changed, +1 more
        ○ maybe  web "assets"       `codegen` runs before it
        ✓ hit    lint               unchanged
        ✓ hit    image/web/context  unchanged
        ● run    image/web/build    never ran here

        5 tasks: 2 to run, 1 may run, 2 up to date

        """)
  }

  @Test func `what needs nothing and what only looks is counted and not listed`() {
    let look = Samples.entry("facts", .run, .alwaysObserves, taskClass: .observe)
    #expect(
      TextList.render(Samples.plan + [look]) == """
        ● run    codegen          file `api/server.py` changed, +1 more
        ○ maybe  web "assets"     `codegen` runs before it
        ● run    image/web/build  never ran here

        5 tasks: 2 to run, 1 may run, 2 up to date; 1 more only look

        """)
  }

  @Test func `mermaid labels hold no character that Mermaid reserves`() {
    #expect(
      Mermaid.render(Samples.plan, goal: "build") == """
        ---
        title: "build"
        ---
        flowchart LR
          subgraph phase0["tasks"]
            n0["codegen<br/>run: file #96;api/server.py#96; changed, +1 more"]:::run
            n3["lint<br/>hit: unchanged"]:::hit
            n4["web #34;assets#34;<br/>maybe: #96;codegen#96; runs before it"]:::maybe
          end
          subgraph phase1["build"]
            n1["image/web/build<br/>run: never ran here"]:::run
            n2["image/web/context<br/>hit: unchanged"]:::hit
          end
          n0 --> n3
          n0 --> n4
          n2 --> n1
          n3 --> n1
          n4 --> n1
          classDef hit fill:#d7f0dc,stroke:#3f7d4e,color:#111
          classDef run fill:#ffe2c2,stroke:#b5651d,stroke-width:2px,color:#111
          classDef maybe fill:#f3effd,stroke:#6a4bb8,stroke-dasharray:5 3,color:#111
          classDef look fill:#eef2f7,stroke:#4c5d73,stroke-dasharray:2 2,color:#111

        """)
  }

  @Test func `json has a version, the goal and one task a line`() throws {
    let bytes = JSONGraph.render(Samples.plan, goal: "build")
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == Samples.plan.count + 7)
    #expect(
      lines[4] == """
            {"id":"codegen","kind":"command","class":"pure","phase":"tasks","pool":"light",\
        "host":null,"service":null,"status":"run",\
        "reason":{"code":"changed","text":"file `api/server.py` changed, +1 more","changes":\
        [{"kind":"file","name":"api/server.py","old":"aa","new":"bb"},\
        {"kind":"variable","name":"MODE","old":null,"new":"dev"}]},\
        "dependsOn":[],"inputs":["api/server.py"],"expected_ms":null,"differences":[]},
        """)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(object["version"] as? Int == 1)
    #expect(
      (object["tasks"] as? [[String: Any]])?.last?["dependsOn"] as? [String] == [
        "image/web/context", "lint", "web \"assets\"",
      ])
  }

  @Test func `the order in which tasks of a phase are given does not change a drawing`() {
    let plan = [
      Samples.entry("b", .hit, .unchanged), Samples.entry("a", .hit, .unchanged),
      Samples.entry("c", .run, .neverRan, after: ["b", "a"]),
    ]
    let other = [
      plan[1], plan[0], Samples.entry("c", .run, .neverRan, after: ["a", "b"]),
    ]
    #expect(DOT.render(plan, goal: "g") == DOT.render(other, goal: "g"))
    #expect(Mermaid.render(plan, goal: "g") == Mermaid.render(other, goal: "g"))
  }

  @Test func `dot draws quotes, backslashes and line breaks in names`() throws {
    let plan = [
      Samples.entry("a\\", .hit, .unchanged, phase: "the \"first\""),
      Samples.entry("b\"\nc", .run, .neverRan, after: ["a\\"]),
    ]
    #expect(
      DOT.render(plan, goal: "run \"x\"") == #"""
        digraph "run \"x\"" {
          rankdir=LR;
          compound=true; newrank=true; nodesep=0.15; ranksep=0.6;
          graph [fontname="sans-serif", style="rounded", color="#b8bfc9"];
          node [shape=box, style="rounded,filled", fontname="sans-serif"];
          edge [color="#5b6573"];
          subgraph cluster_0 {
            label="the \"first\"";
            "a\\" [label="a\\\nhit: unchanged", fillcolor="#d7f0dc"];
          }
          subgraph cluster_1 {
            label="tasks";
            "b\"\\xac" [label="b\" c\nrun: never ran here", fillcolor="#ffe2c2", penwidth=2];
          }
          "a\\" -> "b\"\\xac";
        }

        """#)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/dot")))
  func `graphviz draws what dot prints`() throws {
    let odd = [
      Samples.entry("a\\", .hit, .unchanged, phase: "the \"first\""),
      Samples.entry("b\"\n<c>&{d}|", .run, .neverRan, after: ["a\\"]),
    ]
    for plan in [Samples.plan, odd, []] {
      let drawing = try Child.run(
        "/usr/bin/dot", ["-Tsvg"], input: Data(DOT.render(plan, goal: "build").utf8))
      #expect(drawing.status == 0, "\(drawing.error)")
      #expect(drawing.error.isEmpty)
      #expect(drawing.output.components(separatedBy: "class=\"node\"").count - 1 == plan.count)
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/dot")))
  func `graphviz draws hosts as clusters within phases`() throws {
    let plan = PictureSamples.deploy(hosts: 3, services: 2)
    let text = DOT.render(plan, goal: "deploy")
    let drawing = try Child.run("/usr/bin/dot", ["-Tsvg"], input: Data(text.utf8))
    #expect(drawing.status == 0, "\(drawing.error)")
    #expect(drawing.error.isEmpty)
    #expect(drawing.output.components(separatedBy: "class=\"node\"").count - 1 == plan.count)
    // Three hosts prepare and roll out; this machine prepares, builds, pushes and rolls out.
    #expect(drawing.output.components(separatedBy: "class=\"cluster\"").count - 1 == 4 + 2 * 3)
  }

  @Test func `a label of mermaid begins no list and holds no reserved word on its own`() {
    let plan = [
      Samples.entry("1. end", .run, .neverRan, phase: "end"),
      Samples.entry("- x", .hit, .unchanged, phase: "graph"),
    ]
    let text = Mermaid.render(plan, goal: "end")
    #expect(text.contains(#"n1["1#46; end<br/>"#))
    #expect(text.contains(##"n0["#45; x<br/>"##))
    // Every line that is `end` closes a group.
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    #expect(lines.count { $0 == "end" } == lines.count { $0.hasPrefix("subgraph") })
  }

  @Test func `a graph that is too large for mermaid is drawn as groups, and says so`() {
    let plan = PictureSamples.deploy(hosts: 30, services: 8)
    let text = Mermaid.render(plan, goal: "deploy")
    #expect(text.hasPrefix("---\ntitle: \"deploy: \(plan.count) tasks, too many to draw each, as "))
    #expect(text.utf16.count <= Mermaid.mostCharacters)
    #expect(text.components(separatedBy: "-->").count - 1 <= Mermaid.mostEdges)
    #expect(text.contains("rollout on web-7<br/>25 to run"))
    let more = Mermaid.render(PictureSamples.deploy(hosts: 400, services: 2), goal: "deploy")
    #expect(more.contains("as 4 groups"))
    #expect(more.utf16.count <= Mermaid.mostCharacters)
  }
}
