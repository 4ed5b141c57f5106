// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The stores that a run reads and writes, bundled. Values only; who may write which is said in the
// executor (the index) and in the stores themselves.

package import Cache
package import SystemPackage

/// What is known from earlier runs, and where what this run learns is kept.
package struct ProjectState: Sendable {
  /// The project's root directory, absolute.
  package let root: FilePath
  package let layout: StateLayout
  package let contents: ContentStore
  package let actions: ActionCache
  package let outputs: OutputStore
  package let ledger: Ledger
  package let files: FileDigests

  /// Bundles the stores.
  package init(
    root: FilePath, layout: StateLayout, contents: ContentStore, actions: ActionCache,
    outputs: OutputStore, ledger: Ledger, files: FileDigests
  ) {
    self.root = root
    self.layout = layout
    self.contents = contents
    self.actions = actions
    self.outputs = outputs
    self.ledger = ledger
    self.files = files
  }

  /// The newest receipt of each effect; with a warning where the ledger cannot be read.
  var receipts: (values: [String: Ledger.Receipt], warning: String?) {
    do throws(CacheError) {
      return (try ledger.latest(), nil)
    } catch {
      return ([:], error.description)
    }
  }
}
