// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How a program ended, as a value. Knows nothing of which program it was.

import Testing

/// What a program left behind.
struct Ended: Sendable, CustomStringConvertible {
  /// Its exit code, or 128 and the number of the signal that ended it.
  let status: Int32
  /// Standard output.
  let out: String
  /// Standard error.
  let err: String

  var description: String { "status \(status)\nstdout:\n\(out)\nstderr:\n\(err)" }

  /// Expects this exit code; a failure shows all that the program said.
  @discardableResult
  func ends(_ expected: Int32, at location: SourceLocation = #_sourceLocation) -> Ended {
    #expect(status == expected, "\(self)", sourceLocation: location)
    return self
  }

  /// Expects these texts on standard error.
  @discardableResult
  func says(_ texts: String..., at location: SourceLocation = #_sourceLocation) -> Ended {
    for text in texts {
      #expect(err.contains(text), "`\(text)` is not in:\n\(self)", sourceLocation: location)
    }
    return self
  }
}
