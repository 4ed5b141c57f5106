// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The files and folders that the program reads and keeps, with what each is for. A list for the
// manual.

/// A file or folder with a meaning to the program.
struct KnownFile: Sendable, Hashable {
  let path: String
  /// What it is: a clause in lower case.
  let about: String

  /// All of them.
  static let all = [
    KnownFile(path: "stagecraft.yml", about: "the project file, here or in a folder above"),
    KnownFile(path: "docker-compose.yml", about: "the services; every name that Compose takes"),
    KnownFile(
      path: ".stagecraft/",
      about: "what this project ran last, its runs with their logs, and the "
        + "local copy of its releases; not for git"),
    KnownFile(path: "~/.cache/stagecraft/", about: "results of tasks, shared by all projects"),
    KnownFile(
      path: "/var/lib/stagecraft/PROJECT/ENVIRONMENT/",
      about: "on a host: releases, their files, and the lock"),
    KnownFile(
      path: "~/.local/state/stagecraft/deployments/", about: "the same for the driver `local`"),
  ]
}
