// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What tells the runs of one checkout from all others as holders of a lock: bound to the machine, the
// user and the folder itself, so that a copy of a checkout is somebody else. Keeps no file.

import Cache
package import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The identity of a checkout as the holder of a lock.
package enum HolderIdentity {
  /// The token of the checkout whose state is in `folder`, in which the random `secret` is kept.
  ///
  /// The secret alone would go with every copy of the folder: a cache of a build server, the image of
  /// a machine, a backup. Nobody finds the secret from a token.
  package static func token(secret: [UInt8], folder: FilePath) -> String {
    var status = stat()
    let place =
      stat(folder.string, &status) == 0 ? "\(status.st_dev) \(status.st_ino)" : "nowhere"
    let parts = [machine, String(getuid()), place, folder.string]
    return String(
      Digest.keyed(Array(parts.joined(separator: "\n").utf8), by: secret).hex.prefix(32))
  }

  #if canImport(Darwin)
    private static let machine: String = {
      var bytes = [CChar](repeating: 0, count: 64)
      var size = bytes.count
      guard sysctlbyname("kern.uuid", &bytes, &size, nil, 0) == 0 else { return "" }
      return String(
        decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
  #else
    private static let machine =
      ["/etc/machine-id", "/var/lib/dbus/machine-id"].lazy.map(MachineFile.line)
      .first { !$0.isEmpty } ?? ""
  #endif
}
