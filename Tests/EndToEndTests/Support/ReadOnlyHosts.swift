// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Takes from a program every way to change something: an `ssh` before the real one that makes the
// folders of a host read-only and lets through only looks of its `docker`, and a proxy before the
// engine that refuses every request but GET and HEAD.

import Foundation
import Testing

/// A project whose programs can change nothing outside of it.
struct ReadOnlyHosts {
  /// The variables that make it so.
  let variables: [String: String]
  private let proxy: RecordingProxy

  /// Guards the hosts and the engine of `app`.
  init(_ app: Deployed) throws {
    let folder = app.project.directory + "/guard"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    try Data(Self.ssh.replacing("$REAL_PATH", with: path).utf8)
      .write(to: URL(filePath: folder + "/ssh"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: folder + "/ssh")
    for host in app.hosts {
      try Stack.run(
        host, "sh", "-c",
        "mkdir -p /opt/looks && printf '%s' \"$1\" >/opt/looks/docker && chmod 755 /opt/looks/docker",
        "sh", Self.docker
      ).ends(0)
    }
    let socket = app.project.directory + "/looks"
    proxy = try RecordingProxy(
      at: .socket(socket), to: .socket(Sandbox.socket), refusingWrites: true)
    variables = ["PATH": folder + ":" + path, "DOCKER_HOST": "unix://" + socket]
  }

  /// The last word is the command on the host; a call without one asks nothing of a host.
  private static let ssh = #"""
    #!/bin/bash
    set -eu
    PATH='$REAL_PATH'
    for word; do if [ "$word" = -G ] || [ "$word" = -O ]; then exec ssh "$@"; fi; done
    guard='for folder in /var/lib/stagecraft "$HOME" /tmp; do
      mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" || exit 98
    done
    PATH=/opt/looks:$PATH; export PATH
    exec sh -c "$1"'
    exec ssh "${@:1:$#-1}" \
      "exec unshare --user --map-root-user --mount --propagation private sh -c $(printf '%q' "$guard") guard $(printf '%q' "${@: -1}")"

    """#

  private static let docker = #"""
    #!/bin/sh
    PATH=${PATH#/opt/looks:}
    case "$1 ${2:-}" in
      'version '*|'ps '*|'inspect '*|'image ls'|'image inspect'|'compose version') exec docker "$@" ;;
      *) echo "refused: docker $*" >&2; exit 97 ;;
    esac

    """#
}
