// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The settings of an environment in stagecraft.yml that Compose files see as variables. Reads no
// file; who wins over whom is the caller's business.

/// Settings that are variables to Compose files.
package enum ComposeSettings {
  /// The keys below `environments.<name>`, each with the variable that it sets.
  package static let names: [(setting: String, variable: String)] = [
    ("postgres_volume", "POSTGRES_VOLUME"), ("postgres_init_scripts", "POSTGRES_INIT_SCRIPTS"),
    ("redis_volume", "REDIS_VOLUME"), ("db_port_publish", "DB_PORT_PUBLISH"),
    ("redis_port_publish", "REDIS_PORT_PUBLISH"),
  ]

  /// The variables that settings make, by name; other keys of `settings` are left out.
  package static func variables(_ settings: [String: String]) -> [String: String] {
    var variables: [String: String] = [:]
    for (setting, variable) in names { variables[variable] = settings[setting] }
    return variables
  }

  /// Whether a port is set to nothing: then ports without one on the host are not published at all,
  /// where the engine would else pick one.
  static func hidesPorts(_ variables: [String: String]) -> Bool {
    ["DB_PORT_PUBLISH", "REDIS_PORT_PUBLISH"].contains { variables[$0]?.isEmpty == true }
  }
}
