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
  private static let headerSize = 112
  private static let pathSize = 40
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
    let directory = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard directory >= 0, let start = bytes.baseAddress else { return .unusable }
    defer { close(directory) }
    var status = stat()
    var record = UnsafeRawPointer(start) + Self.headerSize
    for _ in 0..<pathCount {
      let offset = Int(record.load(fromByteOffset: 32, as: UInt32.self))
      guard offset < bytes.count else { return .unusable }
      let name = (start + offset).assumingMemoryBound(to: CChar.self)
      let mode = record.load(fromByteOffset: 36, as: UInt32.self)
      let isSame: Bool
      if fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
        let identity = FileIdentity(status)
        isSame =
          mode == identity.mode && record.load(as: UInt64.self) == identity.inode
          && record.load(fromByteOffset: 8, as: Int64.self) == identity.size
          && record.load(fromByteOffset: 16, as: Int64.self) == identity.modified
          && record.load(fromByteOffset: 24, as: Int64.self) == identity.changed
      } else {
        // No file has mode 0: it stands for "nothing there".
        isSame = mode == 0 && (errno == ENOENT || errno == ENOTDIR)
      }
      guard isSame else { return .changed(String(cString: name)) }
      record += Self.pathSize
    }
    guard let observations = readObservations(),
      let summary = blob(Int(word32(100)), Int(word32(104)))
    else { return .unusable }
    return .valid(observations: observations, summary: summary)
  }

  /// The bytes of `trace`.
  static func encode(_ trace: VerifyingTrace) -> [UInt8] {
    // Neighbours in a directory stand together: the system finds the second one faster.
    let paths = trace.paths.sorted { Bytewise.precedes($0.path, $1.path) }
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
    for expected in paths {
      append(expected.identity?.inode ?? 0)
      append(expected.identity?.size ?? 0)
      append(expected.identity?.modified ?? 0)
      append(expected.identity?.changed ?? 0)
      append(place(expected.path.isEmpty ? ".".utf8 : expected.path.utf8))
      append(expected.identity?.mode ?? 0)
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
