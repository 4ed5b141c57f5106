// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a host got last and why each effect on it ran or would run, as a value made of records alone.
// Knows no wording and asks nobody.

import Planning

/// The answer to `why host/…`.
struct HostExplanation: Sendable {
  let host: String
  let environment: String
  let roles: [String]
  /// The newest release that reached the host in full; nil where none is known.
  let release: ReleaseRecord?
  /// The release that changed the host last: an earlier one where the newest found nothing to do.
  let changedBy: ReleaseRecord?
  /// The release that the host had before.
  let previous: ReleaseRecord?
  /// Newer releases that did not get through on the host, newest first, each with how far it came.
  let unfinished: [(release: ReleaseRecord, status: ReleaseStatus)]
  /// What each service on the host runs, by name.
  let images: [(service: String, image: String)]
  /// Every effect on the host, in the order of the graph.
  let effects: [TaskExplanation]

  /// Puts together what is known of a host; `services` live there.
  init(
    host: String, environment: String, roles: [String], services: [String],
    records: [ReleaseRecord], effects: [TaskExplanation]
  ) {
    self.host = host
    self.environment = environment
    self.roles = roles
    self.effects = effects
    let own = records.filter { $0.environment == environment && $0.hosts[host] != nil }
      .sorted(by: ReleaseRecord.newestFirst)
    let reached = own.filter { $0.hosts[host] == .completed }
    let newest = reached.first
    let changing = reached.first { $0.id == newest?.folders[host] } ?? newest
    release = newest
    changedBy = changing
    previous = reached.first { $0.id != newest?.id && $0.id != changing?.id }
    unfinished = own.prefix { $0.id != newest?.id }.compactMap { record in
      record.hosts[host].map { (record, $0) }
    }
    images = services.compactMap { service in
      newest?.images[service].map { (service, $0) }
    }
  }
}
