// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A directory that exists for the time of one closure and is gone after it, however the closure ends.

package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Makes directories that go with the test.
package enum TemporaryDirectory {
  /// Runs `body` with a new, empty directory, then removes it with all that is in it.
  package static func with<Result>(_ body: (FileTree) async throws -> Result) async throws -> Result
  {
    let tree = FileTree(try make())
    do {
      let result = try await body(tree)
      try FileTree.remove(tree.root)
      return result
    } catch {
      // The first error is the one to tell.
      do { try FileTree.remove(tree.root) } catch {}
      throw error
    }
  }

  /// Makes a directory that the caller has to remove.
  ///
  /// In memory where the system has that: thousands of durable writes to a disk take minutes.
  package static func make() throws -> FilePath {
    let memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? memory
    var template = Array("\(base)/sc-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    let name = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    // Without links in it, so that it is what a child calls its own directory.
    guard let real = realpath(name, nil) else { throw Errno(rawValue: errno) }
    defer { free(real) }
    return FilePath(String(cString: real))
  }
}
