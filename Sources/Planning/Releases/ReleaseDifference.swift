// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What changed from one release to another, as far as their records say. A pure function of two
// records; values of variables are not in them.

/// The difference of two releases.
package struct ReleaseDifference: Sendable, Hashable {
  /// What differs under one name.
  package struct Change: Sendable, Hashable {
    package let name: String
    /// What the first release has; nil where it has nothing.
    package let old: String?
    /// What the second release has; nil where it has nothing.
    package let new: String?

    /// Makes a change.
    package init(_ name: String, from old: String?, to new: String?) {
      self.name = name
      self.old = old
      self.new = new
    }
  }

  /// Environment, version, commit: those that differ, by the names of their JSON members.
  package let facts: [Change]
  /// Images of services, sorted by service.
  package let services: [Change]
  /// Hosts that only one of the two has, sorted; the value is how far the release came there.
  package let hosts: [Change]
  /// Variables whose values differ, as `service.NAME`, sorted, without their values.
  package let variables: [Change]

  /// What changed from `old` to `new`.
  package init(from old: ReleaseRecord, to new: ReleaseRecord) {
    facts = [
      Change("environment", from: old.environment, to: new.environment),
      Change("version", from: old.version, to: new.version),
      Change("commit_sha", from: old.commitSHA, to: new.commitSHA),
    ].filter { $0.old != $0.new }
    services = Self.changes(old.images, new.images)
    let hosts = Self.changes(
      old.hosts.mapValues(\.rawValue), new.hosts.mapValues(\.rawValue))
    self.hosts = hosts.filter { $0.old == nil || $0.new == nil }
    // Digests of two machines have two keys and differ in any case: unrecorded on one side says nothing.
    let isRecorded = !old.variables.isEmpty && !new.variables.isEmpty
    variables =
      isRecorded
      ? Self.changes(old.variables, new.variables).map { change in
        Change(
          change.name, from: change.old.map { _ in "" }, to: change.new.map { _ in "" })
      } : []
  }

  /// Whether the records say the same.
  package var isEmpty: Bool {
    facts.isEmpty && services.isEmpty && hosts.isEmpty && variables.isEmpty
  }

  private static func changes(_ old: [String: String], _ new: [String: String]) -> [Change] {
    Set(old.keys).union(new.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap {
      old[$0] == new[$0] ? nil : Change($0, from: old[$0], to: new[$0])
    }
  }
}
