// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what `init` writes and what it leaves alone.

import Planning
import Testing

@testable import stagecraft

struct InitTests {
  private func ignored(_ text: String) -> String? {
    IgnoreFile.adding(to: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `the ignore file keeps every byte and gets one line`() {
    #expect(ignored("") == ".stagecraft/\n")
    #expect(ignored("a\n") == "a\n.stagecraft/\n")
    #expect(ignored("a  \n\n\tb") == "a  \n\n\tb\n.stagecraft/\n")
    #expect(ignored("a\r\nb") == "a\r\nb\r\n.stagecraft/\r\n")
    #expect(ignored("/.stagecraft \r\n") == nil)
    #expect(ignored("x\n.stagecraft") == nil)
    #expect(ignored("# .stagecraft/\n") == "# .stagecraft/\n.stagecraft/\n")
    let odd: [UInt8] = [0xFF, 0x0A]
    #expect(IgnoreFile.adding(to: odd)?.starts(with: odd) == true)
  }

  @Test(arguments: [
    ("My App", "myapp"), ("shop", "shop"), ("__x__", "x__"), ("Größe", "gre"), ("...", "app"),
    ("2048", "2048"),
  ])
  func `any folder gives a valid project name`(folder: String, name: String) {
    #expect(ProjectTemplate.name(from: folder) == name)
    #expect(ProjectTemplate.isProjectName(name))
  }

  @Test func `what it writes is a project without faults`() {
    let compose = ComposeOverview(
      file: "compose.yaml",
      Array("services: {api: {build: .}, db: {image: postgres}, web: {build: {context: w}}}".utf8))
    #expect(compose.built == ["api", "web"])
    for overview in [nil, compose] {
      let template = ProjectTemplate(
        name: "shop", environments: ["dev", "prod"], compose: overview)
      let (project, diagnostics) = ProjectReader.read(
        file: SourceFile(path: "stagecraft.yml", text: template.text))
      #expect(diagnostics.isEmpty)
      #expect(project?.name == "shop")
      #expect(project?.environments.map(\.name) == ["dev", "prod"])
    }
  }

  @Test func `the examples in its comments are valid when they are used`() {
    let compose = ComposeOverview(file: "compose.yaml", Array("services: {api: {build: .}}".utf8))
    let template = ProjectTemplate(name: "shop", environments: ["dev"], compose: compose)
    let lines = template.text.split(separator: "\n", omittingEmptySubsequences: false)
    let examples = lines.drop { !$0.hasPrefix("# tasks:") }
      .map { $0.hasPrefix("# What") ? $0 : $0.hasPrefix("# ") ? $0.dropFirst(2) : $0 }
    let used = lines.prefix { !$0.hasPrefix("# tasks:") } + examples
    let (project, diagnostics) = ProjectReader.read(
      file: SourceFile(path: "stagecraft.yml", text: used.joined(separator: "\n") + "\n"))
    #expect(diagnostics.isEmpty, "\(diagnostics.map(\.message))")
    #expect(project?.tasks.count == 1)
    #expect(project?.services.count == 1)
  }
}
