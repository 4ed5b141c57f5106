// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Compares everything that reading a stagecraft.yml reports, drawn as text, with what is expected.

import Planning
import Testing

/// Reads `text` as a stagecraft.yml and compares all reports with `expected`.
func expectReport(
  on text: String, _ expected: String, sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let file = SourceFile(path: "stagecraft.yml", text: text.isEmpty ? "" : text + "\n")
  let (project, diagnostics) = ProjectReader.read(file: file)
  #expect(diagnostics.render(sources: [file]) == expected, sourceLocation: sourceLocation)
  let failed = diagnostics.contains { $0.severity == .error }
  #expect((project == nil) == failed, sourceLocation: sourceLocation)
}
