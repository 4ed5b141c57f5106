// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves the whole text of each drawing, that it never varies, and that Graphviz takes it.

import Foundation
import Testing

@testable import TaskGraph

struct GraphDrawingTests {
  @Test func `the tree names each task once and refers to it elsewhere`() {
    #expect(
      TextGraph.render(Samples.plan, goal: "build") == """
        build  5 tasks: 2 to run, 1 may run, 2 up to date

        tasks
        ✓ lint  hit: unchanged
        └─ ● codegen  run: file `api/server.py` changed, +1 more
        ○ web "assets"  maybe: `codegen` runs before it
        └─ ↑ codegen

        build
        ● image/web/build  run: never ran here
        ├─ ✓ image/web/context  hit: unchanged
        ├─ ↑ lint
        └─ ↑ web "assets"

        """)
  }

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

  @Test func `a chain of a hundred thousand tasks is drawn without growing to the right`() {
    let plan = (0..<100_000).map { number in
      Samples.entry("t\(number)", .hit, .unchanged, after: number == 0 ? [] : ["t\(number - 1)"])
    }
    let text = TextGraph.render(plan, goal: "run")
    let lines = text.split(separator: "\n")
    #expect(lines.count { $0.contains("✓") } == 100_000)
    #expect((lines.map(\.count).max() ?? 0) < 120)
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
          classDef run fill:#ffe2c2,stroke:#b5651d,color:#111
          classDef maybe fill:#f2f2f2,stroke:#777,color:#111

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
    #expect(TextGraph.render(plan, goal: "g") == TextGraph.render(other, goal: "g"))
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
          node [shape=box, style="rounded,filled", fontname="sans-serif"];
          subgraph cluster_0 {
            label="the \"first\"";
            "a\\" [label="a\\\nhit: unchanged", fillcolor="#d7f0dc"];
          }
          subgraph cluster_1 {
            label="tasks";
            "b\"\\xac" [label="b\"\\xac\nrun: never ran here", fillcolor="#ffe2c2"];
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
}
