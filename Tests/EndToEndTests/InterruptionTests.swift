// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Signals in the middle of a build, and two builds at once. A pipe that a task reads holds each run
// where the test wants it.

import Foundation
import Testing

struct InterruptionTests {
  /// A project whose first task waits until somebody writes to its gate.
  private static func gated() throws -> Sandbox {
    let project = try Sandbox.tiny(
      project: """
        tasks:
          gate: { run: "cat \\"$HOME/gate\\" > /dev/null; echo $NAME > open", outputs: [open] }
        services:
          app: { needs: [gate] }

        """)
    guard mkfifo(project.directory + "/home/gate", 0o600) == 0 else {
      throw RecordingProxy.SocketError(step: "mkfifo", reason: String(cString: strerror(errno)))
    }
    return project
  }

  /// Opens the gate once somebody waits at it; whoever waits goes on when the result is closed.
  private static func reach(_ project: Sandbox) throws -> Int32 {
    var descriptor: Int32 = -1
    let isReached = eventually {
      descriptor = open(project.directory + "/home/gate", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      return descriptor >= 0
    }
    #expect(isReached, "the run never came to its first task")
    return descriptor
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func `a signal in a task leaves no child, and the next run completes`(signal: Int32) throws {
    let project = try Self.gated()
    let run = try project.start(["build"])
    let gate = try Self.reach(project)
    run.send(signal)
    let ended = run.wait(seconds: 20)
    if signal == SIGKILL {
      ended.ends(128 + SIGKILL)
    } else {
      ended.ends(130).says("interrupted")
    }
    #expect(eventually(within: 15) { project.processes().isEmpty }, "\(project.processes())")
    close(gate)
    #expect(!project.has("open"))

    let next = try project.start(["build"])
    close(try Self.reach(project))
    next.wait().ends(0).says("running")
    #expect(try project.inspect("\(project.name)-app") != nil)
    try project.stagecraft("build").ends(0).says("nothing to do")
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func `a signal while BuildKit builds leaves no child`(signal: Int32) throws {
    let project = try Sandbox.tiny()
    try project.write(
      "app/Dockerfile", "FROM busybox:1.35\nARG PAUSE\nRUN echo $NAME && sleep $PAUSE\n")
    try project.write(
      "docker-compose.yml",
      "services:\n  app:\n    build: { context: app, args: { PAUSE: '${PAUSE:-0}' } }\n")
    let run = try project.start(["build"], adding: ["PAUSE": "600"])
    #expect(eventually { run.errorsSoFar.contains("RUN echo") }, "\(run.errorsSoFar)")
    run.send(signal)
    let ended = run.wait(seconds: 20)
    ended.ends(signal == SIGKILL ? 128 + SIGKILL : 130)
    #expect(eventually(within: 15) { project.processes().isEmpty }, "\(project.processes())")
    #expect(try project.inspect("\(project.name)-app") == nil)
    try project.stagecraft("build").ends(0)
    #expect(try project.inspect("\(project.name)-app") != nil)
  }

  @Test func `a second interrupt ends the program at once`() throws {
    let project = try Sandbox.tiny(
      project: """
        tasks:
          stubborn: { run: "trap '' TERM; cat \\"$HOME/gate\\"; cat \\"$HOME/gate\\"" }
        services:
          app: { needs: [stubborn] }

        """)
    try project.run(["mkfifo", project.directory + "/home/gate"]).ends(0)
    let run = try project.start(["build"])
    let gate = try Self.reach(project)
    run.send(SIGINT)
    // Two within a second are one wish, as `timeout` sends them.
    let hasEnded = eventually(within: 20) {
      run.send(SIGINT)
      return run.hasEnded
    }
    #expect(hasEnded)
    run.wait(seconds: 20).ends(130)
    close(gate)
    #expect(eventually(within: 15) { project.processes().isEmpty }, "\(project.processes())")
  }

  @Test func `the second of two builds waits and finds everything done`() throws {
    let project = try Self.gated()
    let first = try project.start(["build"])
    let gate = try Self.reach(project)
    let second = try project.start(["build", "--format", "json"])
    #expect(eventually { second.errorsSoFar.contains("waiting for") }, "\(second.errorsSoFar)")
    close(gate)
    first.wait().ends(0)
    let report = try Report(second.wait().ends(0))
    #expect(report.executed == [], "\(report.ended)")
    #expect(report.entries.contains { $0.id == "image/app/build" && $0.status == "hit" })
  }
}
