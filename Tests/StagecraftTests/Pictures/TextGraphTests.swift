// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves the tree: its whole text, that no line is too wide, and that what has nothing to do is counted.

import Testing

@testable import TaskGraph
@testable import stagecraft

struct TextGraphTests {
  @Test func `places hold services and phases, and these their tasks in order`() {
    #expect(
      TextGraph().render(Samples.plan, goal: "build") == """
        build  5 tasks: 2 to run, 1 may run, 2 up to date

        this machine  2 to run, 1 may run, 2 up to date
        ├─ tasks  1 to run, 1 may run, 1 up to date
        │  ├─ ● codegen       file `api/server.py` changed, +1 more
        │  └─ ○ web "assets"  maybe: `codegen` runs before it  ← codegen
        └─ web  1 to run, 1 up to date
           └─ ● build  never ran here  ← web "assets", lint, web/context

        """)
  }

  @Test func `verbose lists what has nothing to do as well`() {
    let text = TextGraph(isVerbose: true).render(Samples.plan, goal: "build")
    #expect(text.contains("│  └─ ✓ lint          unchanged  ← codegen\n"))
    #expect(text.contains("   ├─ ✓ context  unchanged\n"))
  }

  @Test func `what has nothing to do is one line a branch`() {
    let plan = PictureSamples.deploy(hosts: 2, services: 2) { _ in .hit }
    #expect(
      TextGraph().render(plan, goal: "deploy") == """
        deploy  21 tasks: 21 up to date; 6 more only look

        this machine  7 up to date, 2 look only
        ├─ ✓ prepare  1 up to date
        ├─ ✓ s0  3 up to date
        ├─ ✓ s1  3 up to date
        └─ · rollout  2 look only

        web-0  7 up to date, 2 look only
        ├─ · prepare  2 look only
        ├─ ✓ s0  3 up to date
        ├─ ✓ s1  3 up to date
        └─ ✓ rollout  1 up to date

        web-1  7 up to date, 2 look only
        ├─ · prepare  2 look only
        ├─ ✓ s0  3 up to date
        ├─ ✓ s1  3 up to date
        └─ ✓ rollout  1 up to date

        """)
  }

  @Test(arguments: [100, 80, 40])
  func `no line of three hundred tasks is wider than asked for`(width: Int) {
    let plan = PictureSamples.deploy(hosts: 14, services: 6)
    #expect(plan.count > 300)
    let drawn = TextGraph(
      width: width, measure: TerminalText.width, cut: TerminalText.truncated)
    for isVerbose in [false, true] {
      let text = TextGraph(
        width: width, isVerbose: isVerbose, measure: drawn.measure, cut: drawn.cut
      ).render(plan, goal: "deploy")
      #expect(text.split(separator: "\n").allSatisfy { TerminalText.width(String($0)) <= width })
    }
  }

  @Test func `long, wide and hostile names keep to the width as well`() {
    var plan = PictureSamples.hostile
    plan.append(
      Samples.entry(
        String(repeating: "日本語", count: 40), .run,
        .stateDiffers(String(repeating: "広い", count: 80)), after: plan.map(\.id.text)))
    plan.append(
      Samples.entry("host/" + String(repeating: "h", count: 120) + "/x/y", .run, .neverRan))
    let text = TextGraph(measure: TerminalText.width, cut: TerminalText.truncated)
      .render(plan, goal: String(repeating: "run ", count: 60))
    #expect(text.split(separator: "\n").allSatisfy { TerminalText.width(String($0)) <= 100 })
    #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{1B}"))
  }

  @Test func `a chain of a hundred thousand tasks is drawn without growing to the right`() {
    let plan = (0..<100_000).map { number in
      Samples.entry("t\(number)", .run, .neverRan, after: number == 0 ? [] : ["t\(number - 1)"])
    }
    let lines = TextGraph().render(plan, goal: "run").split(separator: "\n")
    #expect(lines.count { $0.contains("●") } == 100_000)
    #expect((lines.map(\.count).max() ?? 0) <= 100)
  }
}
