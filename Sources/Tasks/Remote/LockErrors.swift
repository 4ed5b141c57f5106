// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is told when a lock cannot be had or is no longer ours. Sentences alone: knows no script.

import TaskGraph

/// The errors of locks.
enum LockErrors {
  /// What is told of a lock that another run holds.
  static func locked(_ host: Host, _ holder: LockHolder) -> TaskError {
    let environment = host.directory.split(separator: "/").last.map(String.init) ?? "…"
    let age = DurationFormat.text(.seconds(holder.age))
    let silence = DurationFormat.text(.seconds(holder.silence))
    return TaskError(
      .locked(host.name),
      "`\(host.name)` is locked by `\(holder.owner)` since \(age), last heard of \(silence) ago",
      hint: "wait for it with `--lock-wait 10m`; if it is known to be dead, run "
        + "`stagecraft unlock --env \(environment)`")
  }

  /// What the caller knows of a host is no longer so.
  static func moved(_ host: String) -> TaskError {
    TaskError(
      .moved(host), "`\(host)` was changed by another run since it was looked at",
      hint: "run it again: it starts from what is there now")
  }

  /// Somebody took the lock from us.
  static func lost(_ host: String) -> TaskError {
    TaskError(
      .moved(host), "the lock of `\(host)` is no longer held by this run",
      hint: "another run took it over: see what it did, then run this again")
  }

  /// The folder cannot be written; with the one line that cures it.
  static func denied(_ host: Host, _ user: String) -> TaskError {
    let root = host.directory.split(separator: "/").dropLast(2).joined(separator: "/")
    let folder = host.reach == .ssh ? "/" + root : host.directory
    let cure = "sudo install -d -o \(user) -m 0755 \(Command.quoted(folder))"
    return TaskError(
      .unavailable(host.name), "`\(user)` may not write `\(host.directory)` on `\(host.name)`",
      hint: host.reach == .ssh
        ? "run once: `ssh -t \(host.name) \(cure)`" : "run once: `\(cure)`")
  }
}
