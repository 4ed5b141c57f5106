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

  /// Opens the stores of the project at `root`.
  ///
  /// A reader makes no directory and trusts no file that was not trusted before; a writer makes the
  /// state directory first and clears away what killed runs left.
  package static func open(
    root: FilePath, environment: [String: String], isReader: Bool
  ) -> (state: ProjectState, warnings: [String]) {
    let layout = StateLayout(projectRoot: root)
    var warnings: [String] = []
    let contents = ContentStore(
      layout: CacheLayout(root: CacheLayout.standard(environment: environment)))
    let outputs = OutputStore(root: root, contents: contents, state: layout)
    if !isReader {
      do throws(CacheError) {
        try layout.prepare()
        try outputs.recoverAll()
      } catch {
        warnings.append(error.description)
      }
    }
    let state = ProjectState(
      root: root, layout: layout, contents: contents,
      actions: ActionCache(layout: contents.layout), outputs: outputs,
      ledger: Ledger(directory: layout.ledger),
      files: FileDigests(
        root: root, index: layout.digestIndex,
        probeDirectory: isReader ? nil : layout.temporary))
    return (state, warnings)
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
