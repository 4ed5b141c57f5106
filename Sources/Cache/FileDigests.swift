// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Remembers the digests of files by what `stat` says of them, so that a file that did not change is
// not read again. Knows no tasks; the rules are described in spec/core/file-digests.md.

import Synchronization
package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The digests of the files below one root.
///
/// A remembered digest is used only where the file's identity is the same and was older than the file
/// system's clock before the file was read (git's rule for racy entries, with a probe in place of the
/// index file). May be used from many threads; no lock is held while files are read.
package final class FileDigests: Sendable {
  /// One file as it was found.
  package struct Entry: Sendable, Hashable {
    /// As it was asked for.
    package let path: String
    /// Tells type and executable bit too.
    package let identity: FileIdentity
    /// Of the bytes; of the target text for a symbolic link; zero for a directory.
    package let digest: Digest

    /// Makes an entry.
    package init(path: String, identity: FileIdentity, digest: Digest) {
      self.path = path
      self.identity = identity
      self.digest = digest
    }
  }

  private struct State {
    var slots: [PathKey: DigestIndex.Slot] = [:]
    var isLoaded = false
    /// Raised by each change; what was saved last is `saved`.
    var changes = 0
    var saved = 0
    var newestProbe: Int64?
    var looks = 0
    var hashed = 0
    var bytes: Int64 = 0
    var mismatches: [String] = []
  }

  private static let attempts = 3
  private static let settleLimit: Int64 = 1 << 20
  /// Below this many files a second thread costs more than it saves.
  private static let sliceMinimum = 64

  private let rootPath: FilePath
  private let root: Int32
  private let index: FilePath?
  private let probe: ClockProbe?
  private let isParanoid: Bool
  private let state = Mutex(State())

  /// Makes the digests of what is below `root`; reads nothing yet.
  ///
  /// `index` is the file that ``save()`` writes. `probeDirectory` is a directory of the same file
  /// system; where nothing can be written there, nothing is trusted. A paranoid one reads every file
  /// at each request and reports in ``mismatches`` where it would have been wrong not to.
  package init(
    root: FilePath, index: FilePath?, probeDirectory: FilePath?, isParanoid: Bool = false
  ) {
    rootPath = root
    self.root = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    self.index = index
    self.isParanoid = isParanoid
    probe = probeDirectory.flatMap { ClockProbe(directory: $0) }
    refreshProbe()
  }

  deinit { if root >= 0 { close(root) } }

  /// How many files were looked at, how many were read, and their bytes.
  package var statistics: (stats: Int, hashed: Int, bytes: Int64) {
    state.withLock { ($0.looks, $0.hashed, $0.bytes) }
  }

  /// Files whose remembered digest was wrong; a paranoid one fills this.
  package var mismatches: [String] { state.withLock { $0.mismatches } }

  /// The digest of `path`, relative to the root or absolute; nil where nothing is there.
  ///
  /// Throws `.unstable` for a file that changes while it is read, three times over.
  package func entry(for path: String) throws(CacheError) -> Entry? {
    load()
    guard let identity = try look(at: path) else { return nil }
    let digest = state.withLock { state in
      state.looks += 1
      return known(path, identity, &state)
    }
    if let digest { return Entry(path: path, identity: identity, digest: digest) }
    return try read(path, identity)
  }

  /// The digests of many paths, in their order; large lists are read by several threads.
  package func entries(for paths: [String]) async throws(CacheError) -> [Entry?] {
    load()
    let most = paths.count / Self.sliceMinimum
    guard most > 1 else { return try entries(for: paths[...]) }
    // Asked late: the system reads a file for it.
    let width = min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), most)
    guard width > 1 else { return try entries(for: paths[...]) }
    let size = (paths.count + width - 1) / width
    typealias Slice = (start: Int, entries: Result<[Entry?], CacheError>)
    let slices = await withTaskGroup(of: Slice.self) { group in
      for start in stride(from: 0, to: paths.count, by: size) {
        let slice = paths[start..<min(start + size, paths.count)]
        group.addTask {
          let result = Result { () throws(CacheError) in try self.entries(for: slice) }
          return (start, result)
        }
      }
      var slices: [Slice] = []
      for await slice in group { slices.append(slice) }
      return slices.sorted { $0.start < $1.start }
    }
    var entries: [Entry?] = []
    entries.reserveCapacity(paths.count)
    for slice in slices { entries.append(contentsOf: try slice.entries.get()) }
    return entries
  }

  private func entries(for paths: ArraySlice<String>) throws(CacheError) -> [Entry?] {
    var identities: [FileIdentity?] = []
    identities.reserveCapacity(paths.count)
    for path in paths { identities.append(try look(at: path)) }
    var entries = state.withLock { state in
      state.looks += paths.count
      return zip(paths, identities).map { path, identity -> Entry? in
        guard let identity, let digest = known(path, identity, &state) else { return nil }
        return Entry(path: path, identity: identity, digest: digest)
      }
    }
    for (position, path) in paths.enumerated() where entries[position] == nil {
      guard let identity = identities[position] else { continue }
      entries[position] = try read(path, identity)
    }
    return entries
  }

  /// Whether a file is still what it was; looks at it and reads nothing.
  package func isUnchanged(_ entry: Entry) -> Bool {
    FileIdentity(entry.path, in: root) == entry.identity
  }

  /// Whether equal identities will mean equal bytes: the file is older than the newest probe.
  ///
  /// Says so of what is read after that probe. For what was read before, ask ``isTrusted(_:_:)``: a
  /// change between the reading and the probe may have left the identity as it was.
  package func isTrustworthy(_ identity: FileIdentity) -> Bool {
    guard let newest = state.withLock({ $0.newestProbe }) else { return false }
    return ClockProbe.isOlder(identity, than: newest)
  }

  /// Asks the file system for its time.
  ///
  /// Whatever is read after this, and whatever was older before, can be trusted.
  package func refreshProbe() {
    _ = probeNow()
  }

  /// A time of the file system, taken before files were read.
  package struct Moment: Sendable {
    fileprivate let time: Int64?

    /// Whether a file that had this identity when it was read after the moment cannot have been
    /// changed unseen since.
    package func isAfter(_ identity: FileIdentity) -> Bool {
      time.map { ClockProbe.isOlder(identity, than: $0) } ?? false
    }
  }

  /// The file system's time now; to be taken before the files that it is compared with are read.
  package func moment() -> Moment { Moment(time: probeNow()) }

  /// Whether `path` was digested with this identity, and late enough after its last change that an
  /// equal identity will mean equal bytes.
  package func isTrusted(_ path: String, _ identity: FileIdentity) -> Bool {
    state.withLock { state in
      guard let slot = state.slots[PathKey(path)] else { return false }
      return slot.isTrusted && slot.identity == identity
    }
  }

  private func probeNow() -> Int64? {
    guard let now = probe?.now() else { return nil }
    state.withLock { $0.newestProbe = max($0.newestProbe ?? now, now) }
    return now
  }

  /// Reads small files again that were too young to be trusted, so that the next run can trust them.
  ///
  /// Returns the paths whose bytes differ from what was seen before.
  @discardableResult
  package func settle(_ paths: [String]) throws(CacheError) -> [String] {
    refreshProbe()
    var changed: [String] = []
    for path in paths {
      let slot = state.withLock { $0.slots[PathKey(path)] }
      guard let slot, !slot.isTrusted, slot.identity.size <= Self.settleLimit,
        let identity = try look(at: path)
      else { continue }
      if let entry = try read(path, identity), entry.digest != slot.digest { changed.append(path) }
    }
    return changed
  }

  /// Writes the index where something changed since it was read.
  ///
  /// Files that none of the last saves' runs asked for are left out.
  package func save() throws(CacheError) {
    guard let index else { return }
    let (slots, changes) = state.withLock { state in
      (state.changes == state.saved ? nil : state.slots, state.changes)
    }
    guard let slots else { return }
    try FileSystem.replace(index, with: DigestIndex.encode(slots))
    state.withLock { $0.saved = changes }
  }

  private func load() {
    guard state.withLock({ !$0.isLoaded }) else { return }
    // An index that cannot be read is an empty one: it holds nothing that the files do not.
    let slots = index.flatMap { DigestIndex.read($0) } ?? [:]
    state.withLock { state in
      guard !state.isLoaded else { return }
      state.isLoaded = true
      state.slots.merge(slots) { new, _ in new }
    }
  }

  private func look(at path: String) throws(CacheError) -> FileIdentity? {
    if let identity = FileIdentity(path, in: root) { return identity }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw CacheError(.system(Errno(rawValue: errno)), "look at", path)
  }

  private func known(
    _ path: String, _ identity: FileIdentity, _ state: inout State
  ) -> Digest? {
    guard !isParanoid, let slot = state.slots[PathKey(path)], slot.isTrusted,
      slot.identity == identity
    else { return nil }
    if slot.age > 0 { state.slots[PathKey(path)]?.age = 0 }
    return slot.digest
  }

  /// Reads a file, and remembers it.
  private func read(_ path: String, _ seen: FileIdentity) throws(CacheError) -> Entry? {
    var identity = seen
    for _ in 0..<Self.attempts {
      // The clock is read before the file is: later changes have later times.
      var probed = state.withLock { $0.newestProbe }
      if let known = probed, !ClockProbe.isOlder(identity, than: known) { probed = probeNow() }
      switch try FileHasher.attempt(path, in: root, seen: identity) {
      case .absent: return nil
      case .changed:
        guard let again = try look(at: path) else { return nil }
        identity = again
      case .hashed(let identity, let digest, let bytes):
        let isTrusted = probed.map { ClockProbe.isOlder(identity, than: $0) } ?? false
        if identity.type != .directory {
          remember(path, .init(identity: identity, digest: digest, isTrusted: isTrusted), bytes)
        }
        return Entry(path: path, identity: identity, digest: digest)
      }
    }
    throw CacheError(.unstable, "read", path)
  }

  private func remember(_ path: String, _ slot: DigestIndex.Slot, _ bytes: Int64) {
    state.withLock { state in
      state.hashed += 1
      state.bytes += bytes
      let old = state.slots[PathKey(path)]
      if isParanoid, let old, old.isTrusted, old.identity == slot.identity,
        old.digest != slot.digest
      {
        state.mismatches.append(path)
      }
      guard old != slot else { return }
      state.slots[PathKey(path)] = slot
      if slot.isTrusted || old?.isTrusted == true { state.changes += 1 }
    }
  }
}
