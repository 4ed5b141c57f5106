// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Why a command could not be carried out at all. A failed task is not one of these: it is part of a
// report.

import TaskGraph

/// A request that could not be carried out.
struct CommandFailure: Error, Sendable, Hashable {
  let status: ExitStatus
  /// One sentence in lower case, without a full stop.
  let message: String
  let hint: String?

  init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
    self.status = status
    self.message = message
    self.hint = hint
  }

  /// Takes over what a task's error says.
  init(_ error: TaskError) {
    self.init(ExitStatus(error.code), error.message, hint: error.hint)
  }
}
