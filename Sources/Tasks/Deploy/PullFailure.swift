// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Why an engine could not pull an image. Docker tells it in words alone, so this one file knows them;
// everybody else goes by the case.

package import TaskGraph

/// Why an engine could not pull an image.
package enum PullFailure: Sendable, Hashable, CaseIterable {
  case refused
  case absent
  case unreachable
  case diskFull
  case clock
  case plainRegistry
  case other

  /// Recognises the end of what `docker pull` wrote.
  package init(_ lines: [String]) {
    let text = lines.joined(separator: "\n").lowercased()
    func says(_ words: String...) -> Bool { words.contains(where: text.contains) }
    if says("no space left on device") {
      self = .diskFull
    } else if says("gave http response to https client") {
      self = .plainRegistry
    } else if says("certificate has expired or is not yet valid") {
      self = .clock
    } else if says("manifest unknown", "not found: manifest", "name unknown") {
      self = .absent
    } else if says(
      "unauthorized", "authentication required", "no basic auth credentials", "access denied",
      "access to the resource is denied", "access forbidden", "denied:")
    {
      self = .refused
    } else if says("not found") {
      self = .absent
    } else if says(
      "connection refused", "no such host", "i/o timeout", "connection reset", "no route to host",
      "network is unreachable", "tls handshake timeout", "timeout exceeded", "deadline exceeded",
      "eof", "bad gateway", "service unavailable", "server misbehaving")
    {
      self = .unreachable
    } else {
      self = .other
    }
  }

  /// The error for `image` on a host with these facts.
  package func error(_ image: String, _ lines: [String], on facts: HostFacts) -> TaskError {
    let host = facts.host
    let registry = ImageReference(image).registry
    switch self {
    case .refused:
      return TaskError(
        .unavailable(host), "registry `\(registry)` refuses `\(image)` to `\(host)`",
        hint: "log in there as the user that deploys: docker login \(registry)", logTail: lines)
    case .absent:
      return TaskError(
        .unavailable(host), "registry `\(registry)` has no `\(image)` for `\(host)`",
        hint: "deploy again: what the registry lost is pushed anew", logTail: lines)
    case .unreachable:
      return TaskError(
        .unavailable(host),
        "registry `\(registry)` does not answer `\(host)`, which lacks `\(image)`",
        hint: "see that `\(host)` reaches `\(registry)`, then deploy again", logTail: lines)
    case .diskFull:
      return TaskError(
        .unavailable(host),
        "the disk of `\(host)` is full: \(DiskSpace.text(facts.freeBytes)) were free before "
          + "`\(image)` was pulled",
        hint: "make room on `\(host)`: docker system df shows what takes it", logTail: lines)
    case .clock:
      return TaskError(
        .unavailable(host),
        "`\(host)` does not accept the certificate of `\(registry)` at its time of day",
        hint: "compare the clock of `\(host)` with yours: date", logTail: lines)
    case .plainRegistry:
      return TaskError(
        .unavailable(host), "registry `\(registry)` speaks no TLS, which `\(host)` asks for",
        hint: "list it under insecure-registries in /etc/docker/daemon.json of `\(host)`",
        logTail: lines)
    case .other:
      return TaskError(
        .unavailable(host), "`\(host)` could not pull `\(image)`",
        hint: "see what `docker pull \(image)` says there", logTail: lines)
    }
  }
}
