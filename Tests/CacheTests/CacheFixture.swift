// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project and a cache in a directory of their own, which goes with the fixture. Knows how to make
// and look at files; asserts nothing.

import Cache
import Glibc
import SystemPackage

/// A project directory and a cache directory beside it.
final class CacheFixture: Sendable {
  let directory: FilePath
  let layout: CacheLayout
  let state: StateLayout

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/stagecraft-cache-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let start = buffer.baseAddress, mkdtemp(start) != nil else { return nil }
      return String(cString: start)
    }
    guard let made else { throw CacheError(.system(Errno(rawValue: errno)), "create", base) }
    directory = FilePath(made)
    layout = CacheLayout(root: directory.appending("cache"))
    state = StateLayout(projectRoot: directory.appending("project"))
    try FileSystem.createDirectory(state.projectRoot)
    try state.prepare()
  }

  deinit {
    FileTransfer.removeTree(directory)
  }

  var contents: ContentStore { ContentStore(layout: layout) }
  var actions: ActionCache { ActionCache(layout: layout) }
  var outputs: OutputStore {
    OutputStore(root: state.projectRoot, contents: contents, state: state)
  }

  /// The place of a path in the project.
  func place(_ path: String) -> FilePath { state.projectRoot.appending(path) }

  /// Writes a file of the project, in place where it is there.
  func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws {
    try overwrite(place(path), Array(text.utf8))
    try FileSystem.setMode(place(path), mode)
  }

  /// Writes bytes into a file, in place where it is there.
  func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws {
    try FileSystem.createDirectory(path.removingLastComponent())
    if let found = FileIdentity(path.string), found.type == .regular {
      try FileSystem.setMode(path, 0o644)
    }
    let descriptor = try FileSystem.openForUpdate(path, mode: 0o644)
    defer { FileTransfer.close(descriptor) }
    try FileSystem.truncate(descriptor, to: 0, path: path)
    try FileSystem.write(bytes, to: descriptor, path: path)
  }

  /// The text of a file of the project; nil where it is not there.
  func text(_ path: String) throws -> String? {
    try FileSystem.read(place(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Everything in the project but the state directory: `path mode content`, sorted.
  func tree() throws -> [String] {
    var lines: [String] = []
    func visit(_ directory: FilePath, _ prefix: String) throws {
      for name in FileTransfer.names(in: directory) where name != StateLayout.directoryName {
        let path = directory.appending(name)
        guard let identity = FileIdentity(path.string) else { continue }
        let mode = String(identity.mode & 0o777, radix: 8)
        switch identity.type {
        case .directory:
          lines.append("\(prefix)\(name)/ \(mode)")
          try visit(path, "\(prefix)\(name)/")
        case .symbolicLink:
          lines.append("\(prefix)\(name) -> \(try FileTransfer.linkTarget(path))")
        case .regular, .other:
          let bytes = try FileSystem.read(path) ?? []
          lines.append("\(prefix)\(name) \(mode) \(String(decoding: bytes, as: UTF8.self))")
        }
      }
    }
    try visit(state.projectRoot, "")
    return lines
  }

  /// Where the blob or record of a digest is.
  func blob(_ digest: Digest) -> FilePath { CacheLayout.file(digest, in: layout.contents) }
  func record(_ key: Digest) -> FilePath { CacheLayout.file(key, in: layout.actions) }

  /// Sets the modification time of a file to `age` seconds ago.
  func age(_ path: FilePath, seconds: Int) throws {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let times = [
      timespec(tv_sec: now.tv_sec - seconds, tv_nsec: 0),
      timespec(tv_sec: now.tv_sec - seconds, tv_nsec: 0),
    ]
    guard path.withPlatformString({ utimensat(AT_FDCWD, $0, times, 0) }) == 0 else {
      throw CacheError(.system(Errno(rawValue: errno)), "touch", path.string)
    }
  }

  /// Stores a record of one blob with `size` bytes of `letter`, both `seconds` old.
  @discardableResult
  func store(
    _ name: String, letter: Character, size: Int, seconds: Int
  ) throws -> (record: Digest, blob: Digest) {
    let blob = try contents.insert([UInt8](repeating: letter.asciiValue ?? 0, count: size))
    let record = ActionRecord(
      key: Digest.of(name), task: name, value: [],
      outputs: [
        OutputFile(path: name, type: .regular, mode: 0o644, size: Int64(size), digest: blob)
      ])
    try actions.store(record)
    try age(self.blob(blob), seconds: seconds)
    try age(self.record(record.key), seconds: seconds)
    return (record.key, blob)
  }
}

/// Runs `body` in `count` threads at once and waits for them; each gets its number.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  final class Job: Sendable {
    let number: Int
    let body: @Sendable (Int) -> Void
    init(_ number: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.number = number
      self.body = body
    }
  }
  var threads: [pthread_t] = []
  for number in 0..<count {
    var thread = pthread_t()
    let job = Unmanaged.passRetained(Job(number, body))
    let made = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let job = Unmanaged<Job>.fromOpaque(context).takeRetainedValue()
        job.body(job.number)
        return nil
      }, job.toOpaque())
    if made == 0 { threads.append(thread) } else { job.release() }
  }
  for thread in threads { pthread_join(thread, nil) }
}

/// Every way in which a file may be damaged: cut at each byte, each byte changed.
func damages(of bytes: [UInt8]) -> [(name: String, bytes: [UInt8])] {
  var damages: [(String, [UInt8])] = []
  for count in 0..<bytes.count { damages.append(("cut at \(count)", Array(bytes[..<count]))) }
  for position in bytes.indices {
    var changed = bytes
    changed[position] ^= UInt8(1 << (position % 8))
    damages.append(("flipped at \(position)", changed))
  }
  return damages
}

/// Whether there is a lock; a macro's expectation cannot take a value that is not copyable.
func isHeld(_ lock: borrowing FileLock?) -> Bool {
  switch lock {
  case .some: true
  case .none: false
  }
}

/// Whether the lock at `path` can be had at this moment.
func isFree(_ path: FilePath, _ mode: FileLock.Mode) throws(CacheError) -> Bool {
  isHeld(try FileLock.acquire(path, mode: mode, wait: false))
}
