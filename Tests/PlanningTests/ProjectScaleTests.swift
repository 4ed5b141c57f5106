// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Large files, long chains and hostile shapes are read whole. Nothing here measures time; a step
// that grows faster than the file would not end.

import Planning
import Testing

/// Large projects.
@Suite struct ProjectScaleTests {
  private func read(_ count: Int, _ task: (Int) -> String) -> (Project?, [Diagnostic]) {
    var text = "project: {name: big}\ntasks:\n"
    for number in 0..<count { text += task(number) + "\n" }
    return ProjectReader.read(file: SourceFile(path: "stagecraft.yml", text: text))
  }

  @Test func `ten thousand independent tasks are read`() throws {
    let (project, diagnostics) = read(10_000) {
      "  t\($0): {run: [cp, in/\($0), out/\($0)], inputs: [in/\($0)], outputs: [out/\($0)]}"
    }
    #expect(diagnostics.isEmpty)
    #expect(project?.tasks.count == 10_000)
    #expect(project?.position(ofTask: "t9999") == 9999)
  }

  @Test func `a chain of ten thousand tasks that read each other's outputs is read`() {
    let (project, diagnostics) = read(10_000) {
      let need = $0 == 0 ? "" : ", needs: [t\($0 - 1)], inputs: [out/\($0 - 1)]"
      return "  t\($0): {run: x, outputs: [out/\($0)]\(need)}"
    }
    #expect(diagnostics.isEmpty)
    #expect(project?.tasks.count == 10_000)
  }

  @Test func `a circle of ten thousand tasks is found`() {
    let (_, diagnostics) = read(10_000) { "  t\($0): {run: x, needs: [t\(($0 + 1) % 10_000)]}" }
    #expect(diagnostics.count == 1)
    guard case .cycle(let names)? = diagnostics.first?.code else {
      Issue.record("no cycle")
      return
    }
    #expect(names.count == 10_000)
    #expect(names.first == "t0")
  }

  @Test func `a thousand tasks with one output are each reported once`() {
    let (_, diagnostics) = read(1000) { "  t\($0): {run: x, outputs: ['out/**']}" }
    #expect(diagnostics.count == 999)
  }

  @Test func `thousands of unknown needs are reported`() {
    let (_, diagnostics) = read(3000) { "  t\($0): {run: x, needs: [u\($0)]}" }
    #expect(diagnostics.count == 3000)
  }

  @Test func `a shared glob over many outputs finds those that are not waited for`() {
    let (_, diagnostics) = read(600) {
      $0 < 300
        ? "  t\($0): {run: x, outputs: [gen/\($0).ts]}"
        : "  t\($0): {run: x, inputs: ['gen/\($0 - 300).*'], needs: [t\($0 % 299)]}"
    }
    // t(300 + n) reads what tn makes and waits for t((300 + n) % 299) = t(n + 1): never the maker.
    #expect(diagnostics.count == 300)
  }
}
