// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What `why` may be asked about.

/// The answer to `why`.
enum WhyAnswer: Sendable {
  /// Of a task.
  case task(TaskExplanation)
  /// Of a host.
  case host(HostExplanation)
}
