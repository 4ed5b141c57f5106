// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Tells addresses of the Internet Protocol from other texts. Resolves no name.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Addresses of the Internet Protocol, version 4 or 6.
enum IPAddress {
  /// True for `10.0.0.5` and `fd00::5`; false for names and for what has a port.
  static func isValid(_ text: String) -> Bool {
    // Long enough for either sort of address.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { buffer in
      inet_pton(AF_INET, text, buffer.baseAddress) == 1
        || inet_pton(AF_INET6, text, buffer.baseAddress) == 1
    }
  }
}
