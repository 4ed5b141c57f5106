// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Appends summaries to the file that GitHub Actions shows on the page of a job. What cannot be written
// is one warning.

import SystemPackage
import TaskGraph

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The file for summaries.
struct JobSummaryFile: Sendable {
  let path: String

  /// Appends what a run came to; returns a warning where that is not possible.
  func append(_ report: RunReport) -> String? {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    var isWritten = false
    if descriptor >= 0 {
      isWritten = StandardStream.write(
        Array(JobSummary.render(report).utf8), to: descriptor)
    }
    let reason = Errno(rawValue: errno).description
    if descriptor >= 0 { close(descriptor) }
    return isWritten ? nil : "the summary of the job cannot be written: \(reason)"
  }
}
