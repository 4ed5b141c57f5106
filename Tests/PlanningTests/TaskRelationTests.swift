// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which combinations of inputs, outputs and needs are faults and which are not.

import Planning
import Testing

/// What tasks may say about each other.
@Suite struct TaskRelationTests {
  private func codes(_ tasks: String) -> [Diagnostic.Code] {
    let text = "project: {name: a}\ntasks:\n\(tasks)\n"
    return ProjectReader.read(file: SourceFile(path: "s", text: text)).diagnostics.map(\.code)
  }

  @Test(
    arguments: [
      // waits directly
      "  a: {run: x, outputs: [o]}\n  b: {run: x, inputs: [o], needs: [a]}",
      // waits over a third
      "  a: {run: x, outputs: [o]}\n  m: {run: x, needs: [a]}\n"
        + "  b: {run: x, inputs: [o], needs: [m]}",
      // defined after its reader
      "  b: {run: x, inputs: ['o/**'], needs: [m]}\n  m: {run: x, needs: [a]}\n"
        + "  a: {run: x, outputs: [o/x]}",
      // reads what it writes itself
      "  a: {run: x, inputs: ['**'], outputs: [dist]}",
      // the output is taken away by an exclusion
      "  a: {run: x, outputs: [src/gen/x.ts]}\n  b: {run: x, inputs: ['src/**', '!src/gen/']}",
      "  a: {run: x, outputs: ['src/gen/**']}\n  b: {run: x, inputs: ['src/**', '!src/gen/**']}",
      "  a: {run: x, outputs: [src/x.gen]}\n  b: {run: x, inputs: ['src/**', '!**/*.gen']}",
      // names that only begin alike
      "  a: {run: x, outputs: [dist]}\n  b: {run: x, outputs: [dist2], inputs: [dist.txt]}",
      "  a: {run: x, outputs: ['dist/*.js']}\n  b: {run: x, outputs: ['dist/*.css']}",
      "  a: {run: x, outputs: ['a/**/x']}\n  b: {run: x, outputs: ['a/**/y']}",
      "  a: {run: x, outputs: ['{a,b}/x']}\n  b: {run: x, outputs: ['{c,d}/x']}",
      // two outputs of one task
      "  a: {run: x, outputs: [dist, dist/x]}",
    ])
  func `no fault`(tasks: String) {
    #expect(codes(tasks) == [])
  }

  @Test func `an exclusion before its inclusion takes nothing away`() {
    #expect(
      codes(
        "  a: {run: x, outputs: [src/g]}\n  b: {run: x, inputs: ['!src/g', 'src/**']}")
        == [.inputWithoutNeed(task: "b", input: "src/**", producer: "a", output: "src/g")])
  }

  @Test func `a folder as input meets the files made in it`() {
    #expect(
      codes("  a: {run: x, outputs: ['gen/*.ts']}\n  b: {run: x, inputs: [gen]}")
        == [.inputWithoutNeed(task: "b", input: "gen", producer: "a", output: "gen/*.ts")])
  }

  @Test func `a file as input meets the folder that is made above it`() {
    #expect(
      codes("  a: {run: x, outputs: [gen]}\n  b: {run: x, inputs: [gen/a/b]}")
        == [.inputWithoutNeed(task: "b", input: "gen/a/b", producer: "a", output: "gen")])
  }

  @Test func `the advice against a later task is relative to the reader's directory`() {
    let text = """
      project: {name: a}
      tasks:
        lint: {run: x, dir: web/app, inputs: ['../**/*.ts']}
        gen: {run: x, needs: [lint], outputs: [web/gen.ts]}
      """
    let (_, diagnostics) = ProjectReader.read(file: SourceFile(path: "s", text: text))
    #expect(diagnostics.map(\.hint) == ["exclude it with `!../../web/gen.ts`"])
  }

  @Test func `a need that does not exist hides no report on inputs of others`() {
    let found = codes(
      "  a: {run: x, outputs: [o]}\n  b: {run: x, inputs: [o], needs: [zzzz]}\n"
        + "  c: {run: x, inputs: [o]}")
    #expect(
      found == [
        .unknownTask("zzzz", nearest: nil),
        .inputWithoutNeed(task: "c", input: "o", producer: "a", output: "o"),
      ])
  }

  @Test func `three branches through one circle give the short one`() {
    let found = codes(
      "  a: {run: x, needs: [b, c]}\n  b: {run: x, needs: [d]}\n  c: {run: x, needs: [a]}\n"
        + "  d: {run: x, needs: [a]}")
    #expect(found == [.cycle(["a", "c"])])
  }
}
