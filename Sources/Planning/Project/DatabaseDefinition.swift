// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A database with migrations in layers: what holds for all, what it says itself, what an environment
// says of it. Says what it is in each environment; reads nothing.

/// A database with migrations, as it stands in stagecraft.yml.
package struct DatabaseDefinition: Sendable, Hashable {
  /// With what must be there, and otherwise as by default.
  let base: DatabaseSettings
  /// What it says itself.
  let own: DatabaseOverride

  /// Makes a definition.
  package init(base: DatabaseSettings, own: DatabaseOverride) {
    self.base = base
    self.own = own
  }

  /// What it is in an environment, or where there is none: `level` is what holds there for all,
  /// `override` what the environment says of this one.
  func settings(
    _ level: MigrationDefaults.Level, _ override: DatabaseOverride?
  ) -> DatabaseSettings {
    var settings = base
    settings.engine = level.engine ?? settings.engine
    settings.path = level.path ?? settings.path
    settings.table = level.table ?? settings.table
    settings = own.applied(to: settings)
    if let override { settings = override.applied(to: settings) }
    // Switched off, they run where somebody asks for them alone.
    if level.isEnabled == false { settings.strategy = .manual }
    return settings
  }
}
