// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What planning needs of one service of a Compose application, as Compose itself resolved it. Holds no
// environment and no command: those may be secret, and this value is stored.

package import Cache

/// A service of a Compose application.
package struct ComposeService: Storable, Hashable {
  package let name: String
  /// The image's name as written; nil where Compose makes one up.
  package let image: String?
  /// `pull_policy`; nil where the file says nothing.
  package var pullPolicy: String?
  /// How its image is built; nil where it is pulled.
  package let build: ImageSpec?
  /// It runs if it has none, or if one of them is active.
  package var profiles: [String] = []
  package var containerName: String?
  /// Ports of the host: `0.0.0.0:8080/tcp`; without those for which the engine picks a port.
  package var publishedPorts: [String] = []
  /// Named volumes that it may write to.
  package var writtenVolumes: [String] = []
  /// Directories of the host, outside of the project, that it may write to.
  package var writtenPaths: [String] = []
  /// What of the project it may write to, relative to the root; files as well as folders.
  package var writtenInProject: [String] = []
  /// Devices of the host that one program at a time can use.
  package var exclusiveDevices: [String] = []
  /// Addresses that one container at a time can have, in words: ``address `10.0.0.2` ``.
  package var fixedAddresses: [String] = []
  /// What it has of the containers of other services.
  package var ties: [ServiceTie] = []
  /// Networks it is attached to.
  package var networks: [String] = []
  /// `host`, `none`, `service:…` and the like; nil for networks of the application.
  package var networkMode: String?
  /// Sorted by service.
  package var dependencies: [ComposeDependency] = []
  /// nil where the file says nothing; the image may have a check of its own.
  package var healthCheck: ComposeHealthCheck?
  /// `no`, `always`, `on-failure`, `unless-stopped`, or none at all.
  package var restart: String?
  /// Seconds between the signal to stop and the end by force.
  package var graceSeconds = 10
  /// How many containers of it run.
  package var replicas = 1
  /// Whether `deploy.update_config.order` is `stop-first`.
  package var stopsFirst = false
  /// Whether the label `docker-rollout.pre-stop-hook` is set; its text may name a secret.
  package var hasPreStopHook = false

  /// Makes a service of which nothing else is said.
  package init(name: String, image: String?, build: ImageSpec?) {
    self.name = name
    self.image = image
    self.build = build
  }

  /// The services after whose replacement it is restarted, sorted; not those that it is replaced
  /// with.
  package var restartsWith: [String] {
    dependencies.filter { need in
      need.restarts && !ties.contains { $0.service == need.service }
    }.map(\.service)
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(name)
    writer.write(image)
    writer.write(pullPolicy)
    writer.write(build)
    writer.write(profiles)
    writer.write(containerName)
    writer.write(publishedPorts)
    writer.write(writtenVolumes)
    writer.write(writtenPaths)
    writer.write(writtenInProject)
    writer.write(exclusiveDevices)
    writer.write(fixedAddresses)
    writer.write(ties)
    writer.write(networks)
    writer.write(networkMode)
    writer.write(dependencies)
    writer.write(healthCheck)
    writer.write(restart)
    writer.write(graceSeconds)
    writer.write(replicas)
    writer.write(stopsFirst)
    writer.write(hasPreStopHook)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    name = try reader.readString()
    image = try reader.readOptional()
    pullPolicy = try reader.readOptional()
    build = try reader.readOptional()
    profiles = try reader.readList()
    containerName = try reader.readOptional()
    publishedPorts = try reader.readList()
    writtenVolumes = try reader.readList()
    writtenPaths = try reader.readList()
    writtenInProject = try reader.readList()
    exclusiveDevices = try reader.readList()
    fixedAddresses = try reader.readList()
    ties = try reader.readList()
    networks = try reader.readList()
    networkMode = try reader.readOptional()
    dependencies = try reader.readList()
    healthCheck = try reader.readOptional()
    restart = try reader.readOptional()
    graceSeconds = try reader.readInt()
    replicas = try reader.readInt()
    stopsFirst = try reader.readBool()
    hasPreStopHook = try reader.readBool()
  }
}
