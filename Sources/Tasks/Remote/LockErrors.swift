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
      "`\(host.name)` is locked by `\(name(of: holder))` since \(age), last heard of \(silence) ago",
      hint: "wait for it with `--lock-wait 10m`; if it is known to be dead, run "
        + "`stagecraft unlock --env \(environment)`")
  }

  /// What the caller knows of a host is no longer so.
  static func moved(_ host: String) -> TaskError {
    TaskError(
      .moved(host), "`\(host)` was changed by another run since it was looked at",
      hint: "run it again: it starts from what is there now")
  }

  /// Somebody deployed between this run's look at a host and its lock.
  static func superseded(_ host: String, by applied: HostApplied) -> TaskError {
    let newest = applied.newest
    let release = newest?.release ?? "nothing"
    let who = newest.map { $0.by.isEmpty ? "" : ", by `\($0.by)`" } ?? ""
    return TaskError(
      .superseded(host),
      "`\(host)` has `\(release)` by now\(who): it came after this run's plan was made",
      hint:
        "see what it brought with `stagecraft releases list --refresh`; then run this again, or "
        + "with `--force-over \(release)`")
  }

  /// Somebody took the lock from us while we held it; `holder` is who has it now.
  static func lost(_ host: Host, _ holder: LockHolder?) -> TaskError {
    let environment = host.directory.split(separator: "/").last.map(String.init) ?? "…"
    let now =
      holder.map {
        "`\(name(of: $0))` holds it since \(DurationFormat.text(.seconds($0.age)))"
      } ?? "nobody holds it now"
    return TaskError(
      .lockLost(host.name),
      "the lock of `\(host.name)` was taken from this run, \(now); this run began nothing after that",
      hint: "see what was deployed with `stagecraft releases list --env \(environment) --refresh`; "
        + "run this again only if it should replace that")
  }

  /// Who it is, where the lock says it.
  private static func name(of holder: LockHolder) -> String {
    holder.owner.isEmpty ? "somebody" : holder.owner
  }

  /// The host cannot keep a lock.
  static func unwritable(_ host: Host, _ tail: [String]) -> TaskError {
    TaskError(
      .unavailable(host.name), "`\(host.name)` cannot store the lock in `\(host.directory)`",
      hint: diskHint(host), logTail: tail)
  }

  /// What to look at where a host cannot keep a file.
  static func diskHint(_ host: Host) -> String {
    let look = host.reach == .ssh ? "ssh \(host.name) df -h" : "df -h"
    return "its disk may be full: look with `\(look)`"
  }

  /// The engine that keeps the lock does not answer.
  static func engineSilent(_ host: Host, _ tail: [String]) -> TaskError {
    TaskError(
      .unavailable(host.name), "the Docker engine, which keeps the lock of `\(host.name)`, refuses",
      hint: "see that `docker info` and `docker ps --all` succeed here", logTail: tail)
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
