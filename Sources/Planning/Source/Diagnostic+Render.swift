// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws a diagnostic as text: sentence, place, the line of the file and carets under the span.
// A pure function of the diagnostic and the texts; colour is the console's business.

extension Diagnostic {
  /// The diagnostic as lines without a final line break.
  ///
  /// A place whose text is not among `sources` is named without its line.
  package func render(sources: [SourceFile]) -> String {
    render(in: SourceMap(sources))
  }

  func render(in map: SourceMap) -> String {
    var lines = ["\(severity == .error ? "error" : "warning"): \(message)"]
    let numbers = ([location?.line] + notes.map { $0.location.line }).compactMap { $0 }
    let width = numbers.max().map { String($0).utf8.count } ?? 0
    let margin = String(repeating: " ", count: width)
    if let location {
      lines.append("\(margin)--> \(location)")
      if let excerpt = Excerpt(location, length: length, in: map) {
        lines += excerpt.lines(label: hint, margin: width, opening: true)
      } else if let hint {
        lines.append("\(margin) = \(hint)")
      }
    } else if let hint {
      lines.append("\(margin) = \(hint)")
    }
    for note in notes {
      lines.append("\(margin) = \(note.code.message)")
      lines.append("\(margin)--> \(note.location)")
      if let excerpt = Excerpt(note.location, length: note.length, in: map) {
        lines += excerpt.lines(label: nil, margin: width, opening: false)
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension Sequence where Element == Diagnostic {
  /// All diagnostics as text, an empty line between two, without a final line break.
  package func render(sources: [SourceFile]) -> String {
    let map = SourceMap(sources)
    return self.map { $0.render(in: map) }.joined(separator: "\n\n")
  }
}
