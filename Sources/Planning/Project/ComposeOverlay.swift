// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What an environment changes in the Compose file by keys of its own: volumes and published ports. Does
// not know how the Compose file is rendered.

import Tasks

/// The volumes and ports of an environment, as written; nil where the Compose file's own count.
package struct ComposeOverlay: Sendable, Hashable {
  /// The volume or directory that holds PostgreSQL's data.
  package var postgresVolume: String?
  /// The directory of scripts that PostgreSQL runs when it starts with no data.
  package var postgresInitScripts: String?
  /// The volume or directory that holds Redis's data.
  package var redisVolume: String?
  /// Where PostgreSQL's port is published.
  package var databasePortPublish: String?
  /// Where Redis's port is published.
  package var redisPortPublish: String?

  /// Changes nothing.
  package init() {}

  /// The variables by which Compose files see what is set.
  var variables: [String: String] {
    var settings: [String: String] = [:]
    settings["postgres_volume"] = postgresVolume
    settings["postgres_init_scripts"] = postgresInitScripts
    settings["redis_volume"] = redisVolume
    settings["db_port_publish"] = databasePortPublish
    settings["redis_port_publish"] = redisPortPublish
    return ComposeSettings.variables(settings)
  }
}
