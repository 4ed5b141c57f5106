// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is kept of one release, with the hosts and in the local copy: a value and its JSON. Never holds
// the value of a variable.

package import Tasks

/// One release: a deploy or a rollback, how far it came and what it brought.
package struct ReleaseRecord: JSONStorable, Hashable {
  /// What made the release.
  package enum Kind: String, Sendable, Hashable, Codable {
    case deploy
    /// A deploy of what was applied already, which brought back what was missing of it.
    case repair
    case rollback
    /// The going back that follows a deploy which failed, where the environment says so.
    case undo
  }

  /// `rel-YYYYMMDD-HHMMSSmmm`, in UTC.
  package let id: String
  package let environment: String
  /// What images are tagged with; `unknown` where nothing says it.
  package var version: String
  /// The commit; empty where there is none.
  package var commitSHA: String
  /// When it began, in RFC 3339.
  package let timestamp: String
  /// How far each phase is; a phase that is missing is pending.
  package var phases: [DeployPhase: ReleaseStatus]
  /// The release that the hosts ran when it began.
  package var previousID: String?
  package var kind: Kind
  /// The release that a rollback brought back.
  package var rolledBackTo: String?
  /// Who made it: `user@machine (stagecraft deploy …)`.
  package var owner: String
  /// How far each host is.
  package var hosts: [String: ReleaseStatus]
  /// What each service runs: `repository@sha256:…`, or the image's name.
  package var images: [String: String]
  /// The release in whose folder each host keeps what it ran: an earlier one where nothing of the host
  /// changed.
  package var folders: [String: String]
  /// What each host that it was about had when it ended: the folder that each service runs from, by
  /// host and service.
  ///
  /// Empty in records of earlier versions.
  package var applied: [String: [String: String]]
  /// What it was limited to, in words: `web only`; empty where it was about all of the environment.
  package var scope: String
  /// Why phases were skipped or failed.
  package var reasons: [DeployPhase: String]
  /// Digests of the values of variables, keyed with a secret of the machine that deployed, as
  /// `service.NAME`; empty where they were not recorded.
  package var variables: [String: String]
  /// When the record was last changed, in RFC 3339; empty in records of other origin.
  package var updated: String

  /// A release that begins now: every phase and host is pending.
  package init(
    id: String, environment: String, version: String, commitSHA: String = "",
    time: ReleaseTime, previousID: String? = nil, kind: Kind = .deploy,
    rolledBackTo: String? = nil, owner: String = "", hosts: [String] = []
  ) {
    self.id = id
    self.environment = environment
    self.version = version
    self.commitSHA = commitSHA
    timestamp = time.text
    phases = Dictionary(uniqueKeysWithValues: DeployPhase.allCases.map { ($0, .pending) })
    self.previousID = previousID
    self.kind = kind
    self.rolledBackTo = rolledBackTo
    self.owner = owner
    self.hosts = Dictionary(hosts.map { ($0, .pending) }) { first, _ in first }
    images = [:]
    folders = [:]
    applied = [:]
    scope = ""
    reasons = [:]
    variables = [:]
    updated = time.text
  }

  /// The record that a host holds, as far as a host may speak: about a release of that environment,
  /// under its own name, and about itself.
  ///
  /// nil for anything else.
  package init?(held: HeldRelease, by host: String, environment: String) {
    guard let record = ReleaseRecord(json: held.record), record.id == held.id,
      record.environment == environment, ReleaseTime(releaseID: record.id) != nil
    else { return nil }
    self = record
    hosts = hosts.filter { $0.key == host }
    folders = folders.filter { $0.key == host }
    applied = applied.filter { $0.key == host }
  }

  /// When it began; the start of 1970 where the timestamp cannot be read.
  package var time: ReleaseTime { ReleaseTime(timestamp) ?? ReleaseTime(nanoseconds: 0) }

  /// How far a phase is.
  package func status(of phase: DeployPhase) -> ReleaseStatus { phases[phase] ?? .pending }

  // MARK: JSON

  private enum CodingKeys: String, CodingKey {
    case id, environment, version, timestamp, phases, kind, owner, hosts, images, folders, reasons
    case variables, updated, applied, scope
    case commitSHA = "commit_sha"
    case previousID = "previous_id"
    case rolledBackTo = "rolled_back_to"
  }

  /// Reads a record; only what every record has had from the start must be there.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    environment = try values.decode(String.self, forKey: .environment)
    version = try values.decode(String.self, forKey: .version)
    commitSHA = try values.decodeIfPresent(String.self, forKey: .commitSHA) ?? ""
    timestamp = try values.decode(String.self, forKey: .timestamp)
    let phases = try values.decode([String: ReleaseStatus].self, forKey: .phases)
    self.phases = Self.byPhase(phases)
    previousID = try values.decodeIfPresent(String.self, forKey: .previousID)
    kind = try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .deploy
    rolledBackTo = try values.decodeIfPresent(String.self, forKey: .rolledBackTo)
    owner = try values.decodeIfPresent(String.self, forKey: .owner) ?? ""
    hosts = try values.decodeIfPresent([String: ReleaseStatus].self, forKey: .hosts) ?? [:]
    images = try values.decodeIfPresent([String: String].self, forKey: .images) ?? [:]
    folders = try values.decodeIfPresent([String: String].self, forKey: .folders) ?? [:]
    applied = try values.decodeIfPresent([String: [String: String]].self, forKey: .applied) ?? [:]
    scope = try values.decodeIfPresent(String.self, forKey: .scope) ?? ""
    let reasons = try values.decodeIfPresent([String: String].self, forKey: .reasons) ?? [:]
    self.reasons = Self.byPhase(reasons)
    variables = try values.decodeIfPresent([String: String].self, forKey: .variables) ?? [:]
    updated = try values.decodeIfPresent(String.self, forKey: .updated) ?? ""
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(id, forKey: .id)
    try values.encode(environment, forKey: .environment)
    try values.encode(version, forKey: .version)
    try values.encode(commitSHA, forKey: .commitSHA)
    try values.encode(timestamp, forKey: .timestamp)
    try values.encode(Self.byName(phases), forKey: .phases)
    try values.encodeIfPresent(previousID, forKey: .previousID)
    try values.encode(kind, forKey: .kind)
    try values.encodeIfPresent(rolledBackTo, forKey: .rolledBackTo)
    try values.encode(owner, forKey: .owner)
    try values.encode(hosts, forKey: .hosts)
    try values.encode(images, forKey: .images)
    if !folders.isEmpty { try values.encode(folders, forKey: .folders) }
    if !applied.isEmpty { try values.encode(applied, forKey: .applied) }
    if !scope.isEmpty { try values.encode(scope, forKey: .scope) }
    try values.encode(Self.byName(reasons), forKey: .reasons)
    if !variables.isEmpty { try values.encode(variables, forKey: .variables) }
    if !updated.isEmpty { try values.encode(updated, forKey: .updated) }
  }

  private static func byPhase<Value>(_ values: [String: Value]) -> [DeployPhase: Value] {
    Dictionary(
      uniqueKeysWithValues: values.compactMap { name, value in
        DeployPhase(rawValue: name).map { ($0, value) }
      })
  }

  private static func byName<Value>(_ values: [DeployPhase: Value]) -> [String: Value] {
    Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
  }
}
