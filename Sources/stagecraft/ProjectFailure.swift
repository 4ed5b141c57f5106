// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project that cannot be used as its files are, together with the files, so that messages can show
// the lines at fault.

import Planning

/// What is wrong with a project, and the texts it is wrong in.
struct ProjectFailure: Error, Sendable {
  let diagnostics: [Diagnostic]
  let sources: [SourceFile]
}
