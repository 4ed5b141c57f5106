// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Reads from the name of a task where it belongs: a host, a service. The one place that knows how
// names of tasks are built; a name that says nothing belongs to this machine.

/// Where a task belongs, by its name.
package struct TaskPlace: Sendable, Hashable {
  /// `h1` of `host/h1/pull/api`.
  package let host: String?
  /// `api` of `host/h1/pull/api` and of `image/api/build`.
  package let service: String?
  /// The name without what its place says already: `pull/api`, `api/build`.
  package let label: String

  /// What a plan says of a task, or else its name.
  package init(_ entry: PlanEntry) {
    let named = TaskPlace(entry.id)
    host = entry.host ?? named.host
    service = entry.service ?? named.service
    label = named.label
  }

  /// Reads a name.
  package init(_ id: TaskID) {
    let parts = id.text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 1, !parts.contains("") else {
      (host, service, label) = (nil, nil, id.text)
      return
    }
    switch parts[0] {
    case "host" where parts.count > 2:
      host = parts[1]
      service = ["pull", "rollout"].contains(parts[2]) && parts.count > 3 ? parts[3] : nil
      let isRollout = parts[2] == "rollout" && parts.count > 3
      label = parts.dropFirst(isRollout ? 3 : 2).joined(separator: "/")
    case "image" where parts.count > 2:
      (host, service) = (nil, parts[1])
      label = parts.dropFirst().joined(separator: "/")
    case "registry":
      (host, service, label) = (nil, parts[1], id.text)
    default:
      (host, service, label) = (nil, nil, id.text)
    }
  }
}
