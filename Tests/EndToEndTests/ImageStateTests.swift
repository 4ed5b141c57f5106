// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What somebody else did to the engine is seen: deleted images, moved tags, and images of earlier
// content.

import Testing

struct ImageStateTests {
  @Test func `a deleted image is built again, and only that one`() throws {
    let project = try Sandbox.tiny(["app", "other"])
    try project.stagecraft("build").ends(0)
    let id = try #require(try project.inspect("\(project.name)-app"))
    try project.docker(["rmi", "--force", id]).ends(0)
    let report = try project.report("build")
    #expect(report.executed == ["image/app/build"], "\(report.ended)")
    #expect(report["image/app/build"]?.reason == "the image is not in the engine")
    #expect(try project.inspect("\(project.name)-app") != nil)
    try project.stagecraft("build").ends(0).says("nothing to do")
    try project.docker(["rmi", "--force", "\(project.name)-app:latest"]).ends(0)
    let again = try project.stagecraft("build").ends(0)
    #expect(!again.err.contains("nothing to do"), "\(again)")
    #expect(try project.inspect("\(project.name)-app:latest") != nil)
  }

  @Test func `a tag that was moved to another image is put back`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    let id = try project.inspect("\(project.name)-app:latest")
    try project.docker(["tag", "busybox:1.35", "\(project.name)-app:latest"]).ends(0)
    let report = try project.report("build")
    #expect(report.executed == ["image/app/build"])
    #expect(try project.inspect("\(project.name)-app:latest") == id)
    #expect(!report.ended.err.contains("#1"), "it was built, not tagged: \(report.ended)")
  }

  @Test func `a commit without a change of content builds nothing`() throws {
    let project = try Sandbox.tiny()
    let first = try project.commit()
    try project.stagecraft("build").ends(0)
    let id = try project.inspect("\(project.name)-app:\(first)")
    #expect(id != nil)
    let second = try project.commit("nothing new")
    #expect(first != second)
    try project.stagecraft("build").ends(0).says("nothing to do")
    // An image that is built in a changed tree says so.
    try project.write("app/text.txt", "changed in $NAME\n")
    try project.stagecraft("build").ends(0)
    let dirty = try project.inspect("\(project.name)-app:\(second)-dirty")
    #expect(dirty != nil && dirty != id)
  }

  @Test func `a version that is asked for becomes a name of an image that is there`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    let id = try project.inspect("\(project.name)-app:latest")
    let report = try project.report("build", "--version", "2.0")
    #expect(report.executed == ["image/app/build"], "\(report.ended)")
    #expect(!report.ended.err.contains("#1"), "it was built, not tagged: \(report.ended)")
    #expect(try project.inspect("\(project.name)-app:2.0") == id)
    #expect(try project.report("build", "--version", "2.0").executed == [])
  }

  @Test func `earlier content finds its image again`() throws {
    let project = try Sandbox.tiny()
    let text = try project.read("app/text.txt")
    try project.commit()
    try project.stagecraft("build").ends(0)
    let first = try project.inspect("\(project.name)-app:latest")
    try project.write("app/text.txt", "another\n")
    try project.commit()
    try project.stagecraft("build").ends(0)
    #expect(try project.inspect("\(project.name)-app:latest") != first)
    try project.write("app/text.txt", text)
    let report = try project.report("build")
    #expect(report["image/app/context"]?.status == "hit", "\(report.ended)")
    #expect(!report.ended.err.contains("#1"), "it was built, not tagged: \(report.ended)")
    #expect(try project.inspect("\(project.name)-app:latest") == first)
    #expect(try project.content(of: "/text.txt", in: "\(project.name)-app") == text)
  }

  @Test func `a deleted cache builds nothing, deleted state builds nothing`() throws {
    let project = try Sandbox.tiny()
    try project.stagecraft("build").ends(0)
    try project.run(["sh", "-c", "rm -rf ../cache/*"]).ends(0)
    let first = try project.report("build")
    #expect(!first.executed.contains("image/app/build"), "\(first.ended)")
    try project.delete(".stagecraft")
    try project.run(["sh", "-c", "rm -rf ../cache/*"]).ends(0)
    let second = try project.report("build")
    #expect(!second.executed.contains("image/app/build"), "\(second.ended)")
    let plan = try Plan(project.stagecraft("plan", "--format", "json").ends(0))
    #expect(plan["image/app/build"]?.status == "hit")
  }
}
