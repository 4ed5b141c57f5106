// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One entry of `depends_on`, as Compose resolved it; links, shared volumes and shared networks of
// other services are among them.

package import Cache

/// What a service waits for.
package struct ComposeDependency: Storable, Hashable {
  /// What of the other service is waited for.
  package enum Condition: String, Sendable, Hashable {
    /// That it runs.
    case started = "service_started"
    /// That its health check succeeds.
    case healthy = "service_healthy"
    /// That it ended with status 0.
    case completed = "service_completed_successfully"
  }

  /// The other service.
  package let service: String
  package let condition: Condition
  /// Whether the application is wrong without the other service.
  package let isRequired: Bool
  /// Whether the service is restarted when the other one was replaced.
  package let restarts: Bool

  /// Makes a dependency.
  package init(
    service: String, condition: Condition = .started, isRequired: Bool = true,
    restarts: Bool = false
  ) {
    self.service = service
    self.condition = condition
    self.isRequired = isRequired
    self.restarts = restarts
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(service)
    writer.write(condition.rawValue)
    writer.write(isRequired)
    writer.write(restarts)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    service = try reader.readString()
    guard let condition = Condition(rawValue: try reader.readString()) else { throw .malformed }
    self.condition = condition
    isRequired = try reader.readBool()
    restarts = try reader.readBool()
  }
}
