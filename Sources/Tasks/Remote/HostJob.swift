// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A step of a run on a host that goes on there whatever becomes of the connection: what it is called,
// where it keeps what it says, how long it may take. Knows no script.

/// A script that outlives the connection over which it was started.
package struct HostJob: Sendable, Hashable {
  /// The folder of the project in its environment on the host.
  package let directory: String
  /// Its folder below `jobs`: no other script of any run has it.
  package let name: String
  /// What it does, for people: ``replacing `web` ``.
  package let words: String
  /// Seconds in which it comes to its end, as far as that is for it to say.
  package let limit: Int
  /// Seconds in which it ends where it is asked to, whatever its limit.
  package let stops: Int?

  /// Makes a value.
  package init(directory: String, name: String, words: String, limit: Int, stops: Int? = nil) {
    self.stops = stops
    self.directory = directory
    self.name = name
    self.words = words
    self.limit = limit
  }

  /// Its folder.
  var folder: String { directory + "/jobs/" + name }
}

/// What a step is and how long it takes, as its task knows it.
package struct HostStep: Sendable, Hashable {
  /// ``replacing `web` ``.
  package let words: String
  /// Seconds.
  package let limit: Int
  /// Seconds in which it ends where it is asked to, whatever its limit.
  package let stops: Int?

  /// A step that takes at most `limit` seconds.
  package init(_ words: String, within limit: Int, stopsWithin stops: Int? = nil) {
    self.stops = stops
    self.words = words
    self.limit = limit
  }
}
