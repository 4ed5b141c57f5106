// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that a file which goes away between its listing and its reading is told. `/proc/self/fd` does
// that each time: the descriptor that lists the folder is among what it lists, and is closed then.

#if os(Linux)
  import Cache
  import SystemPackage
  import TestSupport
  import Testing

  @testable import TaskGraph
  @testable import Tasks

  struct VanishingFileTests {
    private static var context: TaskContext {
      let root = FilePath("/proc/self")
      return TaskContext(
        id: TaskID("t"), root: root,
        files: FileDigests(root: root, index: nil, probeDirectory: nil), environment: [:],
        commands: RecordingRunner(), reads: ReadSet(), upstream: [:], temporary: FilePath("/tmp")
      ) { _, _ in }
    }

    /// The error of `work`.
    ///
    /// Another thread may open a file under the same number meanwhile, so that nothing is missed: then
    /// once more.
    private static func error(
      of work: (TaskContext) async throws(TaskError) -> Void
    ) async -> TaskError? {
      for _ in 1...1000 {
        do throws(TaskError) {
          try await work(context)
        } catch {
          return error
        }
      }
      return nil
    }

    @Test func `an input that goes away is named`() async throws {
      let error = try #require(
        await Self.error { (context) throws(TaskError) in
          var manifest = Manifest()
          try await context.describeInputs(["fd/*"], below: ".", except: [], into: &manifest)
        })
      #expect(error.message.wholeMatch(of: /input `fd\/\d+` went away while it was read/) != nil)
      #expect(error.hint == "something else changes files here: run it again")
    }

    @Test func `a file of a build context that goes away is named`() async throws {
      var spec = ImageSpec()
      spec.context = "fd"
      spec.inlineDockerfile = "FROM scratch"
      let task = ImageContext(id: TaskID("t"), spec: spec)
      let error = try #require(
        await Self.error { (context) throws(TaskError) in
          var manifest = Manifest()
          try await task.describe(into: &manifest, in: context)
        })
      #expect(
        error.message.wholeMatch(
          of: /`fd\/\d+` of build context `fd` went away while it was read/) != nil)
      #expect(error.hint == "something else changes files here: run it again")
    }
  }
#endif
