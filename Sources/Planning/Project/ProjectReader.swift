// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Turns the text of a stagecraft.yml into a Project or into everything that is wrong with it. The
// one place that knows the order of the steps; it reads no other file.

import YAML

/// The reader of stagecraft.yml.
package enum ProjectReader {
  /// The project, when nothing is wrong, and everything worth saying, in the order of the file.
  ///
  /// All faults are found in one pass over the file: the YAML's own, then shape and values, then
  /// what tasks say about each other. The project is nil if one of them is an error.
  package static func read(file: SourceFile) -> (project: Project?, diagnostics: [Diagnostic]) {
    let (node, errors) = YAMLReader.read(file.bytes)
    var reading = Reading(file: file.path)
    for error in errors {
      reading.diagnostics.append(
        Diagnostic(
          .yaml(error.message), at: reading.location(error.mark), length: length(of: error)))
    }
    var project: Project?
    if let node {
      project = ProjectReading(file: file.path).read(node, into: &reading)
    } else if errors.isEmpty {
      reading.diagnostics.append(
        Diagnostic(.emptyFile, at: SourceLocation(file: file.path, line: 1, column: 1)))
    }
    let diagnostics = inFileOrder(reading.diagnostics)
    let failed = diagnostics.contains { $0.severity == .error }
    return (failed ? nil : project, diagnostics)
  }

  private static func length(of error: YAMLError) -> Int {
    if case .duplicateKey(let key, _) = error.code { key.unicodeScalars.count } else { 1 }
  }

  private static func inFileOrder(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    let keyed = diagnostics.enumerated().map { offset, diagnostic in
      (diagnostic.location?.line ?? 0, diagnostic.location?.column ?? 0, offset, diagnostic)
    }
    return keyed.sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }.map(\.3)
  }
}
