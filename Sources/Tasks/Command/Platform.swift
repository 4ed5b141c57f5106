// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The name of the machine's kind, for the keys of commands that run on it.

/// What kind of machine this is.
package enum Platform {
  /// Such as `linux/amd64`, in the words that container tools use.
  package static let current: String = {
    #if os(Linux)
      let system = "linux"
    #elseif os(macOS)
      let system = "darwin"
    #else
      let system = "unknown"
    #endif
    #if arch(x86_64)
      return system + "/amd64"
    #elseif arch(arm64)
      return system + "/arm64"
    #else
      return system + "/unknown"
    #endif
  }()
}
