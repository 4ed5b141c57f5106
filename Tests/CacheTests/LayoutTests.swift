// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where things are, and keys that are made once.

import Cache
import SystemPackage
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite struct LayoutTests {
  @Test func `the cache is where the environment says`() {
    #expect(
      CacheLayout.standard(environment: [
        "STAGECRAFT_CACHE_DIR": "/c", "XDG_CACHE_HOME": "/x", "HOME": "/h",
      ]) == "/c")
    #expect(
      CacheLayout.standard(environment: ["XDG_CACHE_HOME": "/x", "HOME": "/h"])
        == "/x/stagecraft/v1")
    #expect(
      CacheLayout.standard(environment: ["XDG_CACHE_HOME": "relative", "HOME": "/h"])
        == "/h/.cache/stagecraft/v1")
    #expect(CacheLayout.standard(environment: ["HOME": "/h"]) == "/h/.cache/stagecraft/v1")
    #expect(CacheLayout.standard(environment: ["USER": "u"]) == "/tmp/stagecraft-u/v1")
  }

  @Test func `the state directory hides itself from git and leaves an edited ignore file`() throws {
    let fixture = try CacheFixture()
    #expect(try fixture.text(".stagecraft/.gitignore") == "*\n")
    try fixture.write(".stagecraft/.gitignore", "mine\n")
    try fixture.state.prepare()
    #expect(try fixture.text(".stagecraft/.gitignore") == "mine\n")
  }

  @Test func `files that killed processes had half written go, those of living ones stay`() throws {
    let fixture = try CacheFixture()
    // No process has this number: it is above the kernel's limit.
    try fixture.write(".stagecraft/.tmp-4194999-abc", "half")
    try fixture.write(".stagecraft/.tmp-\(getpid())-abc", "half")
    try fixture.state.prepare()
    let names = FileTransfer.names(in: fixture.state.root).filter { $0.hasPrefix(".tmp-") }
    #expect(names == [".tmp-\(getpid())-abc"])
  }

  @Test func `a project's key is made once, is private, and differs between projects`() throws {
    let fixture = try CacheFixture()
    let directory = fixture.directory.appending("data").appending("keys")
    let key = try SecretKey.load(directory: directory, project: "/srv/app")
    #expect(key.count == 32)
    #expect(Set(key).count > 8)
    #expect(try SecretKey.load(directory: directory, project: "/srv/app") == key)
    #expect(try SecretKey.load(directory: directory, project: "/srv/other") != key)
    #expect(FileIdentity(directory.string).map { $0.mode & 0o777 } == 0o700)
    let names = FileTransfer.names(in: directory)
    #expect(names.count == 2)
    for name in names {
      let file = directory.appending(name)
      #expect(FileIdentity(file.string).map { $0.mode & 0o777 } == 0o600)
      try FileSystem.setMode(file, 0o644)
    }
    _ = try SecretKey.load(directory: directory, project: "/srv/app")
    let modes = names.compactMap { FileIdentity(directory.appending($0).string)?.mode }
    #expect(modes.filter { $0 & 0o777 == 0o600 }.count == 1)
  }

  @Test func `eight threads that need a key at once get the same`() throws {
    let fixture = try CacheFixture()
    let directory = fixture.directory.appending("keys")
    let seen = fixture.directory.appending("seen")
    inThreads(8) { number in
      do {
        let key = try SecretKey.load(directory: directory, project: "p")
        try fixture.overwrite(seen.appending("\(number)"), key)
      } catch {
        Issue.record("\(error)")
      }
    }
    let key = try SecretKey.load(directory: directory, project: "p")
    for number in 0..<8 { #expect(try FileSystem.read(seen.appending("\(number)")) == key) }
    #expect(FileTransfer.names(in: directory).count == 1)
  }

  @Test func `a key file that was cut is an error and is not replaced`() throws {
    let fixture = try CacheFixture()
    let directory = fixture.directory.appending("keys")
    _ = try SecretKey.load(directory: directory, project: "p")
    let file = directory.appending(try #require(FileTransfer.names(in: directory).first))
    try fixture.overwrite(file, [1, 2, 3])
    let error = #expect(throws: CacheError.self) {
      try SecretKey.load(directory: directory, project: "p")
    }
    #expect(error?.code == .corrupt)
    #expect(try FileSystem.read(file) == [1, 2, 3])
  }
}
