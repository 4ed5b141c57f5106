// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What one service has of the container of another: its network, its processes, its memory or its
// volumes. Such a container is bound to the very one that it was made with.

package import Cache

/// A service that lives in the container of another.
package struct ServiceTie: Storable, Hashable, Codable {
  /// What is shared.
  package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case network, pid, ipc, volumes
  }

  package let kind: Kind
  /// The service whose it is.
  package let service: String

  /// Makes a tie.
  package init(_ kind: Kind, of service: String) {
    self.kind = kind
    self.service = service
  }

  /// ``the network of `vpn` ``.
  package var what: String {
    let noun =
      switch kind {
      case .network: "network"
      case .pid: "processes"
      case .ipc: "memory"
      case .volumes: "volumes"
      }
    return "the \(noun) of `\(service)`"
  }

  package func write(to writer: inout RecordWriter) {
    writer.write(kind.rawValue)
    writer.write(service)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    guard let kind = Kind(rawValue: try reader.readString()) else { throw .malformed }
    self.kind = kind
    service = try reader.readString()
  }
}
