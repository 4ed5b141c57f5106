// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The script that lays a release on a host, on a folder of this machine: with the whole archive, with one
// that was cut off between two files, and for a run that lost its lock meanwhile.

import SystemPackage
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct HostUploadScriptTests {
  private static func archive() -> [UInt8] {
    var tar = TarArchive()
    _ = tar.addDirectory("release")
    _ = tar.addFile("release/compose.yaml", Array("services: {}\n".utf8))
    _ = tar.addFile("release/env", [])
    _ = tar.addFile("release/host.json", Array("{}".utf8))
    _ = tar.addFile("compose", Array("#!/bin/sh\n".utf8), mode: 0o700)
    _ = tar.addDirectory("files")
    _ = tar.addFile("complete", [])
    return tar.bytes
  }

  private static func upload(
    _ archive: [UInt8], _ text: String = HostScript.upload, to tree: FileTree
  ) async -> TaskError? {
    let host = Tasks.Host(
      name: "here", reach: .local, directory: tree.path("d").string, composeProject: "p")
    var caller = RemoteCaller(
      commands: SubprocessRunner(), environment: ["PATH": "/usr/bin:/bin"])
    caller.traffic = RemoteTraffic()
    let script = RemoteScript(text, [host.directory, "rel-1"], input: archive)
    return await failure { [caller] in try await caller.call(script, on: host) }
  }

  @Test func `a release that arrived whole is put in place`() async throws {
    ignoreClosedPipes()
    try await TemporaryDirectory.with { tree in
      let error = await Self.upload(Self.archive(), to: tree)
      #expect(error == nil)
      #expect(FileTree.names(in: tree.path("d")).sorted() == ["compose", "files", "releases"])
    }
  }

  @Test func `a release that was cut off between two files is not put in place`() async throws {
    ignoreClosedPipes()
    try await TemporaryDirectory.with { tree in
      // The two blocks of the end, and the last file.
      let error = await Self.upload(Array(Self.archive().dropLast(1536)), to: tree)
      #expect(error?.code == .exited(1))
      #expect(error?.logTail.last == "the release did not arrive whole")
      #expect(FileTree.names(in: tree.path("d/releases")) == [])
    }
  }

  @Test func `a run that lost its lock meanwhile puts nothing in place`() async throws {
    ignoreClosedPipes()
    try await TemporaryDirectory.with { tree in
      let lost = "stagecraft_holds() { return 1; }\n" + HostScript.upload
      let error = await Self.upload(Self.archive(), lost, to: tree)
      #expect(error?.code == .exited(97))
      #expect(FileTree.names(in: tree.path("d/releases")) == [])
    }
  }
}
