// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The timing of a health check, with the engine's own defaults. Holds no command: that may name a
// secret, and this value is stored.

package import Cache

/// A service's health check.
package struct ComposeHealthCheck: Storable, Hashable {
  /// Whether the file switches off the check of the image.
  package var isDisabled = false
  /// Seconds between two checks.
  package var interval = 30
  /// Seconds that one check may take.
  package var timeout = 30
  /// Failures in a row that make a container unhealthy.
  package var retries = 3
  /// Seconds at the start in which failures do not count.
  package var startPeriod = 0

  /// A check with the engine's defaults.
  package init() {}

  /// The greatest number of retries that counts; with more, the deadline is as good as none.
  package static let mostRetries = 1_000_000

  /// Seconds after which a container that is to become healthy has become so, or has failed.
  package var deadline: Int { startPeriod + interval * (retries + 1) + timeout * retries }

  package func write(to writer: inout RecordWriter) {
    writer.write(isDisabled)
    for number in [interval, timeout, retries, startPeriod] { writer.write(number) }
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    isDisabled = try reader.readBool()
    interval = try reader.readInt()
    timeout = try reader.readInt()
    retries = try reader.readInt()
    startPeriod = try reader.readInt()
  }
}
