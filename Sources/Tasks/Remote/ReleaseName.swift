// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a release is called, told by the hosts that it changes once their locks are held: so that the
// order of releases is theirs and follows nobody's clock.

/// What a release is called.
package struct ReleaseName: Sendable, Hashable {
  /// Its id: `rel-YYYYMMDD-HHMMSSmmm`.
  package let id: String
  /// The moment that its id stands for.
  package let time: ReleaseTime
  /// The newest release of which anything was on the hosts before it; nil where there was none.
  package let previous: String?

  /// Makes a name; the id follows from the moment where no other is given.
  package init(time: ReleaseTime, id: String? = nil, previous: String? = nil) {
    self.id = id ?? time.releaseID
    self.time = time
    self.previous = previous
  }
}
