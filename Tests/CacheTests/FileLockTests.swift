// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Locks exclude each other, between processes too, and say who holds them.

import Cache
import Glibc
import SystemPackage
import Testing

@Suite struct FileLockTests {
  /// Whether another process gets the lock.
  static func othersGet(_ path: FilePath, _ option: String) throws -> Bool {
    var process = pid_t()
    let words = ["flock", "-n", option, path.string, "true"]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let failure = posix_spawnp(&process, "flock", nil, nil, &arguments, environ)
    guard failure == 0 else {
      throw CacheError(.system(Errno(rawValue: failure)), "start", "flock")
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status == 0
  }

  @Test func `an exclusive lock keeps everyone out, a shared one only those who want it alone`()
    throws
  {
    let fixture = try CacheFixture()
    let path = fixture.directory.appending("new").appending("lock")
    do {
      let lock = try FileLock.acquire(path, mode: .exclusive, wait: false)
      let held = isHeld(lock)
      #expect(held)
      #expect(try !isFree(path, .shared))
      #expect(try !Self.othersGet(path, "-s"))
      withExtendedLifetime(lock) {}
    }
    do {
      let lock = try FileLock.acquire(path, mode: .shared, wait: false)
      let held = isHeld(lock)
      #expect(held)
      #expect(try !isFree(path, .exclusive))
      #expect(try isFree(path, .shared))
      #expect(try Self.othersGet(path, "-s"))
      #expect(try !Self.othersGet(path, "-x"))
      withExtendedLifetime(lock) {}
    }
    #expect(try Self.othersGet(path, "-x"))
    #expect(FileIdentity(path.string) != nil)
  }

  @Test func `the holder is named while its process lives`() throws {
    let fixture = try CacheFixture()
    let path = fixture.directory.appending("lock")
    #expect(FileLock.holder(of: path) == nil)
    let lock = try FileLock.acquire(
      path, mode: .exclusive, wait: true, description: "stagecraft deploy staging")
    #expect(FileLock.holder(of: path) == "stagecraft deploy staging (process \(getpid()))")
    withExtendedLifetime(lock) {}
    // No process has this id: it is above what the kernel gives out.
    try fixture.overwrite(path, Array("2000000000 gone\n".utf8))
    #expect(FileLock.holder(of: path) == nil)
    try fixture.overwrite(path, [0xff, 0xfe])
    #expect(FileLock.holder(of: path) == nil)
  }

  @Test func `a waiter gets the lock when its holder is done`() throws {
    let fixture = try CacheFixture()
    let path = fixture.directory.appending("lock")
    let counter = fixture.directory.appending("counter")
    inThreads(8) { _ in
      do {
        for _ in 0..<20 {
          let lock = try FileLock.acquire(path, mode: .exclusive, wait: true)
          let text = String(decoding: try FileSystem.read(counter) ?? [], as: UTF8.self)
          try fixture.overwrite(counter, Array("\((Int(text) ?? 0) + 1)".utf8))
          withExtendedLifetime(lock) {}
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(try FileSystem.read(counter) == Array("160".utf8))
  }
}
