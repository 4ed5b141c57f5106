// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Programs are found by name as a shell finds them.

import Testing

@testable import Tasks

struct ProgramSearchTests {
  @Test func `a program is found in the directory that comes first`() {
    #expect(ProgramSearch.file(of: "sh", in: "/nowhere:/bin:/usr/bin") == "/bin/sh")
  }

  @Test func `a directory and a file without the executable bit are no programs`() {
    #expect(ProgramSearch.file(of: "bin", in: "/usr") == nil)
    #expect(ProgramSearch.file(of: "passwd", in: "/etc") == nil)
  }

  @Test func `a name with a slash and an empty one are not looked for`() {
    #expect(ProgramSearch.file(of: "../bin/sh", in: "/bin") == nil)
    #expect(ProgramSearch.file(of: "", in: "/bin") == nil)
    #expect(ProgramSearch.file(of: "sh", in: nil) == nil)
  }

  @Test func `a directory that is not absolute leaves the search to the child`() {
    #expect(ProgramSearch.file(of: "sh", in: ".:/bin") == nil)
    #expect(ProgramSearch.file(of: "sh", in: ":/bin") == nil)
    #expect(ProgramSearch.file(of: "sh", in: "/bin:.") == "/bin/sh")
  }
}
