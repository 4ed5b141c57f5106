// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Names a process so that it can be told later whether it is gone for good. Where that cannot be proved
// it says no.

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A process, as it is written into a lock.
enum ProcessIdentity {
  /// This process: `<boot> <pid namespace> <pid> <start>`, where `-` is what the system does not say.
  static let current = text(of: getpid())

  /// A process of this machine; the same words as long as it lives, and never again.
  static func text(of process: pid_t) -> String {
    "\(boot) \(namespace) \(process) \(entry(process).map { String($0.start) } ?? "-")"
  }

  /// Whether the process of these words ran here, since the machine started last, and is no more.
  static func isGone(_ text: String) -> Bool {
    let words = text.split(separator: " ")
    guard words.count == 4, boot != "-", words[0] == boot, words[1] == namespace,
      let process = pid_t(words[2]), process > 0
    else { return false }
    if let entry = entry(process) {
      // Its number may be another one's by now.
      return entry.isZombie || words[3] != "-" && String(entry.start) != words[3]
    }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  #if canImport(Darwin)
    /// Tells one start of this machine from another.
    private static let boot: String = {
      var bytes = [CChar](repeating: 0, count: 64)
      var size = bytes.count
      guard sysctlbyname("kern.bootsessionuuid", &bytes, &size, nil, 0) == 0 else { return "-" }
      return word(
        String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }()

    /// There is one for all.
    private static let namespace = "-"

    private static func entry(_ process: pid_t) -> ProcessTable.Entry? { nil }
  #else
    /// Tells one start of this machine from another.
    private static let boot = word(MachineFile.line("/proc/sys/kernel/random/boot_id"))

    /// Among which processes a number means one: containers have numbers of their own.
    private static let namespace: String = {
      var bytes = [CChar](repeating: 0, count: 256)
      let count = readlink("/proc/self/ns/pid", &bytes, bytes.count - 1)
      guard count > 0, isOurs else { return "-" }
      return word(String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
    }()

    /// Whether `/proc` shows the processes that this one can see.
    private static let isOurs: Bool = {
      var bytes = [CChar](repeating: 0, count: 32)
      let count = readlink("/proc/self", &bytes, bytes.count - 1)
      guard count > 0 else { return false }
      let name = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      return name == String(getpid())
    }()

    private static func entry(_ process: pid_t) -> ProcessTable.Entry? {
      isOurs ? ProcessTable.entry(process) : nil
    }
  #endif

  /// One word, `-` for none.
  private static func word(_ text: String) -> String {
    text.isEmpty || text.contains(" ") ? "-" : text
  }
}

/// Files of one line by which a system says what it is.
enum MachineFile {
  /// The first line; empty where there is no such file.
  static func line(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
  }
}
