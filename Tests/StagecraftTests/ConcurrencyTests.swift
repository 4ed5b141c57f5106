// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves with real processes that many runs in one project do each other no harm, and that no child
// outlives a run that was killed.

import Foundation
import SystemPackage
import TestSupport
import Testing

struct ConcurrencyTests {
  private static let names = ["run", "a", "b", "c", "d", "--jobs", "4"]

  private static let configuration = """
    project: { name: many }
    tasks:
      a: { run: "cat in1 in2 > a.txt", inputs: [in1, in2], outputs: [a.txt] }
      b: { run: "mkdir -p o; for n in $(cat in1); do echo $n > o/$n.o; done", inputs: [in1], outputs: ["o/*.o"] }
      c: { run: "cat a.txt o/*.o > c.txt", inputs: [a.txt, "o/*.o"], outputs: [c.txt], needs: [a, b] }
      d: { run: "wc -c < c.txt > d.txt", inputs: [c.txt], outputs: [d.txt], needs: [c] }

    """

  private func process(_ place: FileTree, _ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = GoldenCase.program
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: place.path("project").string)
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": place.root.string, "LC_ALL": "C.UTF-8",
      "XDG_CACHE_HOME": place.path("cache").string,
    ]
    return process
  }

  @Test func `eight runs at once in one project, fifty times, all end well`() async throws {
    try await TemporaryDirectory.with { place in
      let project = FileTree(place.path("project"))
      try project.write("stagecraft.yml", Self.configuration)
      for round in 0..<50 {
        let words = (0..<(1 + round % 4)).map { "w\($0)" }
        try project.write("in1", words.joined(separator: " ") + "\n")
        try project.write("in2", "\(round % 3)\n")
        if round % 7 == 6 { try project.remove("o") }
        var processes: [(Process, FilePath)] = []
        for number in 0..<8 {
          let process = try process(place, Self.names)
          let output = place.path("output\(number)")
          try place.write("output\(number)", "")
          let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output.string))
          process.standardOutput = handle
          process.standardError = handle
          try process.run()
          processes.append((process, output))
        }
        for (process, output) in processes {
          process.waitUntilExit()
          let text = try place.text(output.lastComponent?.string ?? "") ?? ""
          #expect(process.terminationStatus == 0, "round \(round): \(text)")
          #expect(!text.contains("warning"), "round \(round): \(text)")
        }
        let all = "\(words.joined(separator: " "))\n\(round % 3)\n"
        let whole = all + words.map { $0 + "\n" }.joined()
        #expect(try project.text("c.txt") == whole, "round \(round)")
        #expect(try project.text("d.txt") == "\(whole.utf8.count)\n", "round \(round)")
        #expect(FileTree.names(in: project.path("o")) == words.map { $0 + ".o" })
      }
      #expect(FileTree.names(in: project.path(".stagecraft/tmp")) == [])
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
  func `no child outlives a run that is killed`(signal: Int32) async throws {
    try await TemporaryDirectory.with { place in
      let project = FileTree(place.path("project"))
      try project.write(
        "stagecraft.yml",
        """
        project: { name: orphans }
        tasks:
          one: { run: "sleep 4321 & echo $! $$ > $HOME/one.tmp; mv $HOME/one.tmp $HOME/one; wait" }
          two: { run: "sleep 4321 & echo $! $$ > $HOME/two.tmp; mv $HOME/two.tmp $HOME/two; wait" }

        """)
      let run = try process(place, ["run", "one", "two", "--jobs", "2"])
      run.standardOutput = FileHandle.nullDevice
      run.standardError = FileHandle.nullDevice
      try run.run()
      var processes: [Int32] = []
      for _ in 0..<60_000 where processes.count < 4 {
        processes = try ["one", "two"].flatMap { name in
          try place.text(name)?.split { $0 == " " || $0 == "\n" }.compactMap { Int32($0) } ?? []
        }
        usleep(1000)
      }
      try #require(processes.count == 4)
      kill(run.processIdentifier, signal)
      run.waitUntilExit()
      for process in processes { #expect(isGone(process), "\(process) is still there") }
    }
  }

  /// Its number is not known yet when this program is killed; other groups are none of the helper's.
  @Test(arguments: [true, false])
  func `a child that was just being started is found`(isStarting: Bool) async throws {
    try await TemporaryDirectory.with { place in
      let pipe = place.path("pipe").string
      #expect(mkfifo(pipe, 0o600) == 0)
      // Both lose their parent, as the helper and the child do. (`Process` waits for all that it left.)
      let program = try process(place, []).executableURL?.path ?? ""
      try place.write(
        "start",
        """
        set -m
        '\(program)' __guard < pipe > /dev/null 2>&1 &
        sleep 4321 > /dev/null 2>&1 &
        echo $! > child

        """)
      #expect(system("cd '\(place.root.string)' && exec bash start") == 0)
      let child = try #require(
        Int32(try place.text("child")?.split(whereSeparator: \.isNewline).first ?? ""))
      let writing = try FileHandle(forWritingTo: URL(fileURLWithPath: pipe))
      try writing.write(contentsOf: Data((isStarting ? "?\n" : "?\n!\n").utf8))
      try writing.close()
      if isStarting {
        #expect(isGone(child))
      } else {
        #expect(kill(child, 0) == 0)
      }
      kill(child, SIGKILL)
    }
  }

  private func isGone(_ process: Int32) -> Bool {
    for _ in 0..<20_000 {
      // An orphan that has ended is there until its new parent has asked for its end.
      guard kill(process, 0) == 0,
        let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
        !state.contains(") Z ")
      else { return true }
      usleep(1000)
    }
    return false
  }
}
