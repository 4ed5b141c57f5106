// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a host is to go back to: each of its services as some earlier release had it. Names of folders;
// what lies in them is not known here.

/// Which release's folder each service of a host runs from.
package struct HostComposition: Sendable, Hashable {
  /// Folders below `releases/`, by service; a service that is not here is not to run.
  package let folders: [String: String]
  /// The folder that counts for the host as a whole: the newest of them.
  package let main: String

  /// Makes a value; the newest folder is the main one where nothing else is said.
  package init(_ folders: [String: String], main: String? = nil) {
    self.folders = folders
    self.main = main ?? folders.values.max() ?? ""
  }

  /// All folders that it needs, sorted.
  package var needed: [String] { Set(folders.values).union([main]).sorted() }
}
