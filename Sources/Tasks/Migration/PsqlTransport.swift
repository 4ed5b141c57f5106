// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where psql runs: here, or in a container of a service on one of its hosts. A value; what is done with
// it is in Psql.

package import TaskGraph

/// Where psql runs.
package enum PsqlTransport: Sendable, Hashable {
  /// The operator's own psql.
  case local
  /// The psql in a service's container, where the database can be reached from.
  case container(PsqlContainer)

  /// The tasks that it reads.
  package var dependencies: [TaskID] {
    switch self {
    case .local: []
    case .container(let container): [container.facts?.id, container.upload?.id].compactMap(\.self)
    }
  }

  /// The service in whose container psql runs; nil for the operator's psql.
  package var service: String? {
    switch self {
    case .local: nil
    case .container(let container): container.service
    }
  }

  /// What a key says of it.
  var summary: String {
    switch self {
    case .local: "local"
    case .container(let container): "\(container.host.name)/\(container.service)"
    }
  }
}

/// A service on a host whose container or image has psql.
package struct PsqlContainer: Sendable, Hashable {
  package let host: Host
  package let service: String
  /// What lays the release on the host that says what the service is; nil for the one in use.
  package let upload: TaskRef<UploadedRelease>?
  /// What is known of the host, for a run that holds its lock.
  package let facts: TaskRef<HostFacts>?
  /// The lock of the hosts; nil where nothing is locked.
  package let lease: Lease?

  /// Makes a value.
  package init(
    host: Host, service: String, upload: TaskRef<UploadedRelease>? = nil,
    facts: TaskRef<HostFacts>? = nil, lease: Lease? = nil
  ) {
    self.host = host
    self.service = service
    self.upload = upload
    self.facts = facts
    self.lease = lease
  }

  package static func == (left: PsqlContainer, right: PsqlContainer) -> Bool {
    left.host == right.host && left.service == right.service && left.upload == right.upload
      && left.facts == right.facts && left.lease === right.lease
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(host)
    hasher.combine(service)
    hasher.combine(upload)
  }
}
