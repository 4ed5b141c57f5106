// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What can be wrong with hosts, registries and containers, each once with facts that are made up: for
// the page of errors. Makes the same values that a run makes, from what programs write.

package import TaskGraph

/// Errors of hosts, with made-up facts.
package enum HostTroubles {
  /// Ways in which `ssh` does not get there.
  package static var connections: [TaskError] {
    [
      "REMOTE HOST IDENTIFICATION HAS CHANGED", "Host key verification failed.",
      "Too many authentication failures", "Permission denied (publickey).",
      "Temporary failure in name resolution", "Could not resolve hostname HOST", "timed out",
      "No route to host", "Connection refused", "Bad configuration option: x", "open failed",
      "Connection closed by HOST", "mux_client_request_session: Broken pipe", "LAST LINE",
    ].map { SSHFailure([$0], host: "HOST", timeout: 10).error }
  }

  /// Locks that are somebody else's.
  package static var locks: [TaskError] {
    let host = Host(
      name: "HOST", reach: .ssh, directory: "/var/lib/stagecraft/PROJECT/ENVIRONMENT",
      composeProject: "PROJECT")
    let local = Host(name: "local", reach: .local, directory: "", composeProject: "PROJECT")
    let holder = LockHolder(
      owner: "USER@MACHINE", token: "", age: 90, silence: 20, isExpired: false)
    return [
      LockErrors.locked(host, holder), LockErrors.moved("HOST"), LockErrors.lost(host, holder),
      LockErrors.lost(host, nil),
      LockErrors.denied(host, "USER"), LockErrors.unwritable(host, []),
      LockErrors.engineSilent(local, []),
    ]
  }

  /// Images that an engine could not pull.
  package static var pulls: [TaskError] {
    var facts = HostFacts(host: "HOST")
    facts.freeBytes = 1_000_000
    return PullFailure.allCases.map { $0.error("REGISTRY:5000/IMAGE", [], on: facts) }
  }

  /// Containers that do not work.
  package static var containers: [TaskError] {
    var service = ReleasedService(name: "SERVICE", image: "IMAGE")
    service.healthSeconds = 60
    var job = service
    job.strategy = .job
    let words = [
      "exited 0 CONTAINER", "restarts 1 CONTAINER", "unhealthy 0 CONTAINER", "missing 1", "gone",
      "start", "busy 0 CONTAINER", "plugin", "rollout 1", "unchanged",
      "late-running-unhealthy 0 CONTAINER", "late-restarting-none 0 CONTAINER",
      "late-running-starting 0 CONTAINER", "late 0 CONTAINER",
    ]
    return words.map { error($0, service) } + [error("late 0 CONTAINER", job)]
  }

  private static func error(_ words: String, _ service: ReleasedService) -> TaskError {
    ServiceFailure(words, ScriptAnswer(""), service, host: "HOST").error
  }
}
