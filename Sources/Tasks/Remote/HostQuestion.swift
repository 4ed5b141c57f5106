// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the questions to one host have in common: their name, what they are asked again as, and what they
// depend on. What is asked is theirs to know.

package import Cache
package import TaskGraph

/// A question to one host.
package protocol HostQuestion: ObserveTask {
  /// The end of its name, as in `host/NAME/facts`.
  static var name: String { get }

  var host: Host { get }

  /// A question to `host` with a name of its own.
  init(id: TaskID, host: Host)
}

extension HostQuestion {
  /// A question to `host`.
  package init(_ host: Host) {
    self.init(id: TaskID("host/\(host.name)/\(Self.name)"), host: host)
  }

  package var request: [UInt8] { host.storedBytes }

  /// The question that `request` stands for.
  package init(request: [UInt8]) throws(RecordError) { self.init(try Host(storedBytes: request)) }

  package func describe(
    into manifest: inout Manifest, in context: TaskContext
  ) async throws(TaskError) {
    manifest.add(.argument, "host", host.name)
    manifest.add(.argument, "directory", host.directory)
    manifest.add(.argument, "project", host.composeProject)
  }
}
