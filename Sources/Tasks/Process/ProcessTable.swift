// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the kernel says of processes: for the helper of ``ChildGuard``, after the program that it watches
// was killed, and for ``ProcessIdentity``.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The processes of this machine.
enum ProcessTable {
  /// One process.
  struct Entry {
    let parent: pid_t
    let group: pid_t
    let session: pid_t
    /// Whether it has ended, and nobody has asked how.
    let isZombie: Bool
    /// When it started, in ticks since the machine did.
    let start: UInt64
  }

  /// A process; nil where there is none, or where the system does not show them as files.
  static func entry(_ process: pid_t) -> Entry? {
    guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = fread(&bytes, 1, bytes.count, file)
    // The name may hold anything, brackets as well: what counts stands behind the last one.
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    guard let name = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: name)...].split(separator: " ")
    guard fields.count > 19, let parent = pid_t(fields[1]), let group = pid_t(fields[2]),
      let session = pid_t(fields[3]), let start = UInt64(fields[19])
    else { return nil }
    return Entry(
      parent: parent, group: group, session: session,
      isZombie: fields[0] == "Z" || fields[0] == "X", start: start)
  }

  /// Whether it is the helper of another program, which has work of its own to end.
  private static func isGuard(_ process: pid_t) -> Bool {
    guard let file = fopen("/proc/\(process)/cmdline", "r") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return bytes[..<count].split(separator: 0).dropFirst().first.map {
      String(decoding: $0, as: UTF8.self) == ChildGuard.argument
    } ?? false
  }

  /// Leaders of groups in this session whose parent is gone, as that of this process is, and which
  /// started after `since`.
  static func orphans(since: UInt64) -> [pid_t] {
    guard let own = entry(getpid()), let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [pid_t] = []
    while let item = readdir(folder) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = pid_t(name), process != getpid(), let entry = entry(process),
        entry.group == process, entry.session == own.session, entry.parent == own.parent,
        entry.start >= since, !isGuard(process)
      else { continue }
      found.append(process)
    }
    return found
  }
}
