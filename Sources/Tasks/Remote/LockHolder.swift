// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Who holds the lock of a host, as the lock itself says it. A value; judges nobody.

package import Cache

/// Who holds the lock of a host.
package struct LockHolder: Storable, Hashable {
  /// `user@machine (stagecraft deploy …)`.
  package let owner: String
  /// Tells holders with equal names apart.
  package let token: String
  /// Tells runs with the same token apart.
  package var run = ""
  /// The process that took it, as ``ProcessIdentity`` writes it; empty where nobody said.
  package var process = ""
  /// The container that is the lock; empty where the lock is a folder.
  package var container = ""
  /// Seconds since it was taken, by the host's clock.
  package let age: Int
  /// Seconds since its last heartbeat, by the host's clock.
  package let silence: Int
  /// Whether it may be taken over.
  package let isExpired: Bool

  /// Makes a value.
  package init(owner: String, token: String, age: Int, silence: Int, isExpired: Bool) {
    self.owner = owner
    self.token = token
    self.age = age
    self.silence = silence
    self.isExpired = isExpired
  }

  /// Ages change by the second and are no part of what is compared.
  package func write(to writer: inout RecordWriter) {
    for text in [owner, token, run, process, container] { writer.write(text) }
    writer.write(isExpired)
  }

  package init(from reader: inout RecordReader) throws(RecordError) {
    owner = try reader.readString()
    token = try reader.readString()
    run = try reader.readString()
    process = try reader.readString()
    container = try reader.readString()
    isExpired = try reader.readBool()
    age = 0
    silence = 0
  }
}
