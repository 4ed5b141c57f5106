// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A machine that an application is deployed to, as a value: its name, how it is reached, and where it
// keeps what is known of one project in one environment. Opens no connection.

package import Cache

/// A machine that an application is deployed to.
package struct Host: Storable, Hashable {
  /// How commands get there.
  package enum Reach: UInt8, Sendable, Hashable {
    /// The operator's own machine and engine.
    case local = 0
    /// OpenSSH, with the user's own configuration; the host's name is the destination.
    case ssh = 1
  }

  /// As written in stagecraft.yml: an alias of the ssh configuration, `user@host`, or `local`.
  package let name: String
  package let reach: Reach
  /// The absolute directory on the host that holds receipts, releases and the lock of this project in
  /// this environment: `/var/lib/stagecraft/<project>/<environment>`.
  package let directory: String
  /// The Compose project there: unique to project and environment.
  package let composeProject: String

  /// Makes a host.
  package init(name: String, reach: Reach, directory: String, composeProject: String) {
    self.name = name
    self.reach = reach
    self.directory = directory
    self.composeProject = composeProject
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(name)
    writer.write(reach.rawValue)
    writer.write(directory)
    writer.write(composeProject)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    name = try reader.readString()
    guard let reach = Reach(rawValue: try reader.readByte()) else { throw .malformed }
    self.reach = reach
    directory = try reader.readString()
    composeProject = try reader.readString()
  }
}
