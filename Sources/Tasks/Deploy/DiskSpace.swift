// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether an image fits on a host, and the sentence where it does not. Numbers in, error out.

package import TaskGraph

/// Room for an image on a host.
package enum DiskSpace {
  /// The error where `size` bytes do not fit; an engine that says nothing of its disk is believed.
  package static func refusal(
    of image: String, size: Int64, on facts: HostFacts
  ) -> TaskError? {
    guard facts.freeBytes > 0, size > facts.freeBytes else { return nil }
    return TaskError(
      .unavailable(facts.host),
      "`\(facts.host)` has \(text(facts.freeBytes)) free, \(image) needs about \(text(size))",
      hint: "make room on `\(facts.host)`: docker system df shows what takes it")
  }

  /// Bytes for people: `120 MB`.
  package static func text(_ bytes: Int64) -> String {
    var value = Double(bytes)
    var unit = "B"
    for next in ["kB", "MB", "GB", "TB"] where value >= 1000 {
      value /= 1000
      unit = next
    }
    if unit == "B" || value >= 10 { return "\(Int(value.rounded())) \(unit)" }
    return "\((value * 10).rounded() / 10) \(unit)"
  }
}
