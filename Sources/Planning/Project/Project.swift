// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What stagecraft.yml says, as one value. Knows nothing of YAML rules, of the Compose file or of
// the machine; ProjectReader makes it.

package import Tasks
package import YAML

/// A project as its stagecraft.yml describes it, already checked.
package struct Project: Sendable {
  /// A section that is kept as read because its meaning comes with a later command.
  package struct Section: Sendable {
    /// The top-level key.
    package let name: String
    /// The section, checked against the schema.
    package let node: Node
    /// Where the key stands.
    package let location: SourceLocation

    /// Makes a section from its parts.
    package init(name: String, node: Node, location: SourceLocation) {
      self.name = name
      self.node = node
      self.location = location
    }
  }

  /// The file it was read from, as shown to people.
  package let file: String
  /// The project's name.
  package let name: String
  /// Where images are pushed; nil for none.
  package let registry: String?
  /// The Compose files from the project root, each merged over those before it; empty to use Compose's
  /// own search.
  package let compose: [Reference]
  /// What is done about images that others make, where an environment does not say.
  package let images: ImagePolicy
  /// The cache's size budget in bytes; nil for the default.
  package let cacheSize: Int?
  /// Declared pools, in file order.
  package let pools: [PoolDefinition]
  /// Environments, in file order.
  package let environments: [EnvironmentSettings]
  /// Tasks, in file order.
  package let tasks: [TaskDefinition]
  /// Additions to Compose services, in file order.
  package let services: [ServiceSettings]
  /// Hosts of all environments that have none of their own; nil when there is no `hosts`.
  package let hosts: HostRoles?
  /// Databases with migrations, in file order.
  private let databases: [DatabaseDefinition]
  /// What holds for all of them.
  private let migrations: MigrationDefaults
  /// Addresses of hosts, by name, from the `static` network provider.
  package let addresses: [String: String]
  /// The backend section; nil when there is none.
  package let backend: BackendSettings?
  /// Sections without effect yet, in file order.
  package let sections: [Section]

  private let taskPositions: [String: Int]

  /// Makes a project from its parts; names within a list must be unique.
  package init(
    file: String, name: String, registry: String? = nil, compose: [Reference] = [],
    images: ImagePolicy = .keep, cacheSize: Int? = nil, pools: [PoolDefinition] = [],
    environments: [EnvironmentSettings] = [], tasks: [TaskDefinition] = [],
    services: [ServiceSettings] = [], hosts: HostRoles? = nil, databases: [DatabaseDefinition] = [],
    migrations: MigrationDefaults = MigrationDefaults(),
    addresses: [String: String] = [:], backend: BackendSettings? = nil, sections: [Section] = []
  ) {
    self.file = file
    self.name = name
    self.registry = registry
    self.compose = compose
    self.images = images
    self.cacheSize = cacheSize
    self.pools = pools
    self.environments = environments
    self.tasks = tasks
    self.services = services
    self.hosts = hosts
    self.databases = databases
    self.migrations = migrations
    self.addresses = addresses
    self.backend = backend
    self.sections = sections
    var positions = [String: Int](minimumCapacity: tasks.count)
    for position in tasks.indices { positions[tasks[position].name] = position }
    self.taskPositions = positions
  }

  /// The position of a task in `tasks`; nil when there is none of that name.
  package func position(ofTask name: String) -> Int? { taskPositions[name] }

  /// The task of a name.
  package func task(_ name: String) -> TaskDefinition? { taskPositions[name].map { tasks[$0] } }

  /// The environment of a name.
  package func environment(_ name: String) -> EnvironmentSettings? {
    environments.first { $0.name == name }
  }

  /// The additions to a service.
  package func service(_ name: String) -> ServiceSettings? { services.first { $0.name == name } }

  /// The hosts of an environment: its own, else the project's; nil for one without hosts.
  package func hosts(of environment: EnvironmentSettings) -> HostRoles? {
    environment.isLocal ? nil : environment.hosts ?? hosts
  }

  /// The databases with migrations as they are in an environment, or where there is none, in file
  /// order.
  package func databases(in environment: EnvironmentSettings?) -> [DatabaseSettings] {
    databases.map { database in
      database.settings(
        migrations.level(of: environment?.name),
        environment?.databases.first { $0.name.name == database.base.name })
    }
  }

  /// A kept section.
  package func section(_ name: String) -> Section? { sections.first { $0.name == name } }
}
