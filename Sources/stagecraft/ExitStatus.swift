// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The exit codes of the program and which failure has which. Decides by codes, never by text.

import TaskGraph

/// How the program ends.
enum ExitStatus: Int32, Error, Sendable, CaseIterable {
  /// All that was asked is done.
  case success = 0
  /// The user's input is at fault: a file, a flag, a name.
  case input = 1
  /// Something outside failed: a command, an engine, a disk.
  case outside = 2
  /// A promise inside the program was broken.
  case bug = 3
  /// `plan --check`: something would run.
  case pending = 4
  /// Some hosts are done and others are not.
  case partial = 10
  /// Stopped by a signal.
  case interrupted = 130

  /// What the code says: a clause in lower case.
  var meaning: String {
    switch self {
    case .success: "all that was asked is done, or nothing had to be done"
    case .input: "your input is at fault: a flag, a name, a file"
    case .outside: "something outside failed: a command, an engine, a registry, a host, a disk"
    case .bug: "a bug in stagecraft"
    case .pending: "`plan --check`: something would run"
    case .partial: "some hosts are done and others are not"
    case .interrupted: "stopped by a signal"
    }
  }

  /// What to do then: a clause in lower case; empty where there is nothing to do.
  var advice: String {
    switch self {
    case .success: ""
    case .input: "correct what the message names, then run it again"
    case .outside: "the message names what failed; running it again does what is left"
    case .bug: "report it, with the message and the version"
    case .pending: "see the plan, then run it"
    case .partial: "run it again: it does what is left, or `rollback`"
    case .interrupted: "run it again: it does what is left"
    }
  }

  /// The status that one failure asks for.
  init(_ code: TaskError.Code) {
    self =
      switch code {
      case .input, .fileMissing: .input
      case .exited, .signaled, .programMissing, .timedOut, .files, .unavailable, .locked, .moved,
        .superseded, .lockLost, .unexpectedAnswer:
        .outside
      case .cancelled: .interrupted
      case .invariant: .bug
      }
  }

  /// The status of a whole run: a bug counts most, then what failed outside.
  init(_ report: RunReport) {
    if report.wasInterrupted {
      self = .interrupted
      return
    }
    if report.isSuccess {
      self = .success
      return
    }
    let statuses = Set(report.failures.map { ExitStatus($0.error.code) })
    // Tasks that did not succeed though none failed: nobody but this program can have done that.
    self = [.bug, .outside, .input, .interrupted].first(where: statuses.contains) ?? .bug
  }
}
