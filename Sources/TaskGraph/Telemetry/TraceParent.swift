// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The span that a run belongs to, handed over in TRACEPARENT as W3C Trace Context writes it. Pure.

/// A span of somebody else's trace.
package struct TraceParent: Sendable, Hashable {
  /// 32 lower-case hexadecimal digits.
  package let traceID: String
  /// 16 lower-case hexadecimal digits.
  package let spanID: String
  /// Whether the trace is recorded at all.
  package let isSampled: Bool

  /// Reads `00-TRACE-SPAN-FLAGS`; nil where that is not what stands there.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    // Later versions may have more parts; `ff` is forbidden.
    guard parts.count >= 4, parts[0] != "00" || parts.count == 4, parts[0] != "ff",
      zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && Self.isHex($0) }),
      parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }),
      let flags = UInt8(parts[3], radix: 16)
    else { return nil }
    traceID = String(parts[1])
    spanID = String(parts[2])
    isSampled = flags & 1 == 1
  }

  private static func isHex(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
