// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The bytes of a verifying trace: fixed-size records whose names can be handed to the system as they
// stand, and a checksum. Checking 20,000 paths makes no object for any of them.

import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A trace file in memory.
///
/// Layout, in the machine's byte order (a file of another one has another magic): header, path records,
/// variable records, observation records, then texts, each with a NUL behind it.
final class TraceFile {
  private static let magic: UInt64 = 0x3145_4341_5254_4353
  private static let version: UInt32 = 1
  /// From this many files on it pays to open their directory: an open costs what three looks cost,
  /// and a short name saves a tenth of each.
  private static let runMinimum = 32
  private static let headerSize = 112
  private static let pathSize = 48
  private static let variableSize = 40
  private static let observationSize = 48

  private let bytes: UnsafeMutableRawBufferPointer
  private let pathCount: Int
  private let variableCount: Int
  private let observationCount: Int

  /// Reads a file; nil where it is missing or not whole.
  init?(_ path: FilePath) {
    let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let identity = FileIdentity(descriptor: descriptor), identity.type == .regular,
      identity.size >= Int64(Self.headerSize), identity.size < Int64(UInt32.max)
    else { return nil }
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(identity.size), alignment: 16)
    guard Self.fill(bytes, from: descriptor), let counts = Self.validate(bytes) else {
      bytes.deallocate()
      return nil
    }
    self.bytes = bytes
    (pathCount, variableCount, observationCount) = counts
  }

  deinit { bytes.deallocate() }

  private static func fill(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Bool {
    var filled = 0
    while filled < bytes.count {
      guard let start = bytes.baseAddress else { return false }
      let count = read(descriptor, start + filled, bytes.count - filled)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      filled += count
    }
    return true
  }

  /// The counts of records, where magic, version, length and checksum are right.
  private static func validate(_ bytes: UnsafeMutableRawBufferPointer) -> (Int, Int, Int)? {
    let raw = UnsafeRawBufferPointer(bytes)
    guard raw.load(fromByteOffset: 0, as: UInt64.self) == magic,
      raw.load(fromByteOffset: 8, as: UInt32.self) == version,
      raw.load(fromByteOffset: 12, as: UInt32.self) == UInt32(raw.count),
      raw.count % 8 == 0, raw.last == 0,
      raw.load(fromByteOffset: 16, as: UInt64.self)
        == checksum(UnsafeRawBufferPointer(rebasing: raw[24...]))
    else { return nil }
    let counts = [88, 92, 96].map { Int(raw.load(fromByteOffset: $0, as: UInt32.self)) }
    let records =
      counts[0] * pathSize + counts[1] * variableSize + counts[2] * observationSize
    guard headerSize + records <= raw.count else { return nil }
    return (counts[0], counts[1], counts[2])
  }

  /// A 64-bit checksum that any change of one word changes: four lanes of steps that can be undone.
  ///
  /// It guards against torn and damaged files, not against people.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
    func step(_ lane: UInt64, _ word: UInt64) -> UInt64 {
      let mixed = (lane ^ word) &* prime
      return mixed << 31 | mixed >> 33
    }
    var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
    let words = bytes.bindMemory(to: UInt64.self)
    var position = 0
    while position + 4 <= words.count {
      lanes.0 = step(lanes.0, words[position])
      lanes.1 = step(lanes.1, words[position + 1])
      lanes.2 = step(lanes.2, words[position + 2])
      lanes.3 = step(lanes.3, words[position + 3])
      position += 4
    }
    var sum = UInt64(bytes.count)
    while position < words.count {
      sum = step(sum, words[position])
      position += 1
    }
    for lane in [lanes.0, lanes.1, lanes.2, lanes.3] { sum = step(sum, lane) }
    return sum ^ sum >> 32
  }

  private func word32(_ offset: Int) -> UInt32 {
    UnsafeRawBufferPointer(bytes).load(fromByteOffset: offset, as: UInt32.self)
  }

  private func digest(_ offset: Int) -> Digest {
    func word(_ index: Int) -> UInt64 {
      UnsafeRawBufferPointer(bytes).load(fromByteOffset: offset + index * 8, as: UInt64.self)
    }
    return Digest(words: (word(0), word(1), word(2), word(3)))
  }

  /// The text at `offset`; the file ends in NUL, so that each text ends within it.
  private func text(_ offset: Int) -> String? {
    guard offset < bytes.count, let start = bytes.baseAddress else { return nil }
    return String(validatingCString: (start + offset).assumingMemoryBound(to: CChar.self))
  }

  private func blob(_ offset: Int, _ count: Int) -> [UInt8]? {
    guard offset <= bytes.count, count <= bytes.count - offset else { return nil }
    return Array(bytes[offset..<(offset + count)])
  }

  /// Whether it was written by this tool for this goal.
  func isFor(tool: Digest, goal: Digest) -> Bool {
    digest(24) == tool && digest(56) == goal
  }

  /// The variables and the digests that their values must have; nil where the file is malformed.
  func readVariables() -> [(String, Digest?)]? {
    var variables: [(String, Digest?)] = []
    var offset = Self.headerSize + pathCount * Self.pathSize
    for _ in 0..<variableCount {
      guard let name = text(Int(word32(offset + 32))) else { return nil }
      variables.append((name, word32(offset + 36) == 0 ? nil : digest(offset)))
      offset += Self.variableSize
    }
    return variables
  }

  private func readObservations() -> [VerifyingTrace.Observation]? {
    var observations: [VerifyingTrace.Observation] = []
    var offset =
      Self.headerSize + pathCount * Self.pathSize + variableCount * Self.variableSize
    for _ in 0..<observationCount {
      guard let kind = text(Int(word32(offset + 32))),
        let request = blob(Int(word32(offset + 36)), Int(word32(offset + 40)))
      else { return nil }
      observations.append(.init(kind: kind, request: request, digest: digest(offset)))
      offset += Self.observationSize
    }
    return observations
  }

  /// Looks at every path; hands back the rest of the trace where all are as they were.
  func checkPaths(root: FilePath) -> VerifyingTrace.Verdict {
    let rootDirectory = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard rootDirectory >= 0, let start = bytes.baseAddress else { return .unusable }
    defer { close(rootDirectory) }
    var record = UnsafeRawPointer(start) + Self.headerSize
    var directory: Int32 = -1
    defer { if directory >= 0 { close(directory) } }
    var remaining = 0
    for _ in 0..<pathCount {
      let offset = Int(record.load(fromByteOffset: 32, as: UInt32.self))
      let base = Int(record.load(fromByteOffset: 40, as: UInt32.self))
      guard offset + base < bytes.count else { return .unusable }
      let path = (start + offset).assumingMemoryBound(to: CChar.self)
      let run = Int(record.load(fromByteOffset: 44, as: UInt32.self))
      if run >= Self.runMinimum, base > 1 {
        if directory >= 0 { close(directory) }
        directory = Self.openDirectory(path, length: base - 1, in: rootDirectory)
        remaining = directory >= 0 ? run : 0
      }
      let isSame =
        remaining > 0
        ? Self.matches(record, path + base, in: directory)
        : Self.matches(record, path, in: rootDirectory)
      guard isSame else { return .changed(String(cString: path)) }
      if remaining > 0 { remaining -= 1 }
      record += Self.pathSize
    }
    guard let observations = readObservations(),
      let summary = blob(Int(word32(100)), Int(word32(104)))
    else { return .unusable }
    return .valid(observations: observations, summary: summary)
  }

  private static func matches(
    _ record: UnsafeRawPointer, _ name: UnsafePointer<CChar>, in directory: Int32
  ) -> Bool {
    let mode = record.load(fromByteOffset: 36, as: UInt32.self)
    var status = stat()
    guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      // No file has mode 0: it stands for "nothing there".
      return mode == 0 && (errno == ENOENT || errno == ENOTDIR)
    }
    let identity = FileIdentity(status)
    return mode == identity.mode && record.load(as: UInt64.self) == identity.inode
      && record.load(fromByteOffset: 8, as: Int64.self) == identity.size
      && record.load(fromByteOffset: 16, as: Int64.self) == identity.modified
      && record.load(fromByteOffset: 24, as: Int64.self) == identity.changed
  }

  /// Opens the first `length` bytes of `path`; the text is ours and is put back as it was.
  private static func openDirectory(
    _ path: UnsafeMutablePointer<CChar>, length: Int, in root: Int32
  ) -> Int32 {
    #if os(Linux)
      // O_PATH; a macro that Swift does not see.
      let access: Int32 = 0o10000000
    #else
      let access = O_RDONLY
    #endif
    let slash = path[length]
    path[length] = 0
    defer { path[length] = slash }
    return openat(root, path, access | O_DIRECTORY | O_CLOEXEC)
  }

  /// A path with its directory, which ends in `/`.
  private struct Place {
    let expected: VerifyingTrace.ExpectedPath
    let directory: String

    init(_ expected: VerifyingTrace.ExpectedPath) {
      self.expected = expected
      let slash = expected.path.utf8.lastIndex(of: 0x2F)
      directory = slash.map { String(expected.path[...$0]) } ?? ""
    }

    static func precedes(_ left: Place, _ right: Place) -> Bool {
      if PathKey(left.directory) == PathKey(right.directory) {
        return Bytewise.precedes(left.expected.path, right.expected.path)
      }
      return Bytewise.precedes(left.directory, right.directory)
    }
  }

  /// The bytes of `trace`.
  static func encode(_ trace: VerifyingTrace) -> [UInt8] {
    // Neighbours in a directory stand together, so that it is looked up once for all of them.
    let paths = trace.paths.map(Place.init).sorted(by: Place.precedes)
    let records =
      headerSize + paths.count * pathSize + trace.variables.count * variableSize
      + trace.observations.count * observationSize
    var head: [UInt8] = []
    head.reserveCapacity(records)
    var texts: [UInt8] = []
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value) { head.append(contentsOf: $0) }
    }
    func append(_ digest: Digest) {
      for word in [digest.words.0, digest.words.1, digest.words.2, digest.words.3] { append(word) }
    }
    func place(_ bytes: some Sequence<UInt8>) -> UInt32 {
      let offset = records + texts.count
      texts.append(contentsOf: bytes)
      texts.append(0)
      return UInt32(truncatingIfNeeded: offset)
    }
    append(magic)
    append(version)
    append(UInt32(0))
    append(UInt64(0))
    append(trace.tool)
    append(trace.goal)
    append(UInt32(paths.count))
    append(UInt32(trace.variables.count))
    append(UInt32(trace.observations.count))
    append(place(trace.summary))
    append(UInt32(trace.summary.count))
    append(UInt32(0))
    var position = 0
    while position < paths.count {
      let directory = PathKey(paths[position].directory)
      let end = paths[position...].firstIndex { PathKey($0.directory) != directory } ?? paths.count
      for index in position..<end {
        let expected = paths[index].expected
        append(expected.identity?.inode ?? 0)
        append(expected.identity?.size ?? 0)
        append(expected.identity?.modified ?? 0)
        append(expected.identity?.changed ?? 0)
        append(place(expected.path.isEmpty ? ".".utf8 : expected.path.utf8))
        append(expected.identity?.mode ?? 0)
        append(UInt32(directory.path.utf8.count))
        append(UInt32(index == position ? end - position : 0))
      }
      position = end
    }
    for expected in trace.variables.sorted(by: { Bytewise.precedes($0.name, $1.name) }) {
      append(expected.digest ?? .zero)
      append(place(expected.name.utf8))
      append(UInt32(expected.digest == nil ? 0 : 1))
    }
    for observation in trace.observations {
      append(observation.digest)
      append(place(observation.kind.utf8))
      append(place(observation.request))
      append(UInt32(observation.request.count))
      append(UInt32(0))
    }
    var file = head + texts
    file.append(contentsOf: [UInt8](repeating: 0, count: 8 - file.count % 8))
    let count = UInt32(truncatingIfNeeded: file.count)
    file.withUnsafeMutableBytes { raw in
      raw.storeBytes(of: count, toByteOffset: 12, as: UInt32.self)
      let sum = checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(raw)[24...]))
      raw.storeBytes(of: sum, toByteOffset: 16, as: UInt64.self)
    }
    return file
  }
}
