// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One service as a release has it on one host: which image, and how the running one is replaced.
// Holds no environment: that may be secret.

/// One service of a release on one host.
package struct ReleasedService: JSONStorable, Hashable {
  /// How the running containers are replaced.
  package enum Strategy: String, Codable, Sendable, Hashable {
    /// New ones beside the old; the old go when the new are healthy.
    case rolling
    /// The old stop first: where two cannot run at once.
    case recreate
    /// The `docker rollout` plugin on the host does it.
    case dockerRollout = "docker-rollout"
    /// Runs to its end and is then done: `restart: "no"` and waited for as completed.
    case job
  }

  /// How a service that runs may come to its end and be done with it.
  package enum End: String, Codable, Sendable, Hashable {
    /// `restart: "no"` is written down: status 0 is its end, whenever it comes.
    case written
    /// Nothing starts it again: status 0 soon after the start is its end, where nothing ran before.
    case likely
  }

  package let name: String
  /// What it waits for, as the name of the service and the condition.
  package var waitsFor: [String: String] = [:]
  /// What it has of the containers of other services of its host; nil for nothing, as in the
  /// following, and in releases of before this was kept.
  package var ties: [ServiceTie]?
  /// The services of its host after whose replacement it is restarted, sorted.
  package var restartsWith: [String]?
  /// Networks and volumes that must be there before it starts, as `network NAME`, sorted.
  package var externals: [String]?
  /// Whether it may end; nil where it is to run on.
  package var end: End?
  /// What runs: `repository@sha256:…`; `sha256:…` where there is no registry; else a name.
  package var image: String
  /// The name in the Compose file that `image` was chosen for, where that does not show in it.
  package var reference: String?
  package var strategy: Strategy
  /// Why it is not `rolling`; empty where it is or where somebody chose.
  package var strategyReason: String
  package var replicas: Int
  /// Whether the Compose file gives it a health check (the image may have one as well).
  package var hasHealthCheck: Bool
  /// How long a new container may take to become healthy, a job to end; from its health settings.
  package var healthSeconds: Int
  /// How long a container without a health check must run to count as started.
  package var settleSeconds: Int
  /// `stop_grace_period`.
  package var graceSeconds: Int
  /// How long to wait between the pre-stop hook and stopping, so that a proxy notices.
  package var drainSeconds: Int
  /// Run in each old container before it is stopped; empty for none.
  package var preStop: [String]

  /// A rolling service of one container with Compose's own defaults.
  package init(name: String, image: String) {
    self.name = name
    self.image = image
    strategy = .rolling
    strategyReason = ""
    replicas = 1
    hasHealthCheck = false
    healthSeconds = 60
    settleSeconds = 3
    graceSeconds = 10
    drainSeconds = 0
    preStop = []
  }
}

extension ReleasedService {
  /// How long stopping a container of it may take: hook, drain, grace.
  var leavingSeconds: Int {
    (preStop.isEmpty ? 0 : 60) + drainSeconds + graceSeconds
  }

  /// What it waits for, sorted by service.
  package var dependencies: [ComposeDependency] {
    waitsFor.sorted { $0.key < $1.key }.compactMap { service, condition in
      ComposeDependency.Condition(rawValue: condition).map {
        ComposeDependency(service: service, condition: $0)
      }
    }
  }
}
