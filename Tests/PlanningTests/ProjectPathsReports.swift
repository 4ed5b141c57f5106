// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports: paths, patterns and names that refer to something.
// Proves spec/core/config.md.

import Planning
import Testing

/// Reports on paths.
@Suite struct ProjectPathsReports {
  @Test func `an absolute directory is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, dir: /tmp}
        """#,
      #"""
      error: `/tmp` is an absolute path
       --> stagecraft.yml:3:20
        |
      3 |   a: {run: x, dir: /tmp}
        |                    ^^^^ paths start at the project and stay in it
      """#)
  }

  @Test func `a directory outside of the project is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, dir: web/../../b}
        """#,
      #"""
      error: `web/../../b` leaves the project
       --> stagecraft.yml:3:20
        |
      3 |   a: {run: x, dir: web/../../b}
        |                    ^^^^^^^^^^^ paths start at the project and stay in it
      """#)
  }

  @Test func `an absolute input is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, inputs: [/etc/passwd]}
        """#,
      #"""
      error: `/etc/passwd` is an absolute path
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, inputs: [/etc/passwd]}
        |                        ^^^^^^^^^^^ paths start at the project and stay in it
      """#)
  }

  @Test func `an input outside of the project is refused from its directory`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, dir: web, inputs: [../ok, ../../bad]}
        """#,
      #"""
      error: `../../bad` leaves the project
       --> stagecraft.yml:3:41
        |
      3 |   a: {run: x, dir: web, inputs: [../ok, ../../bad]}
        |                                         ^^^^^^^^^ paths start at the project and stay in it
      """#)
  }

  @Test func `an output outside of the project is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, outputs: ['../dist/**']}
        """#,
      #"""
      error: `../dist/**` leaves the project
       --> stagecraft.yml:3:25
        |
      3 |   a: {run: x, outputs: ['../dist/**']}
        |                         ^^^^^^^^^^^^ paths start at the project and stay in it
      """#)
  }

  @Test func `an output that is the whole project is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, dir: web, outputs: ['..']}
        """#,
      #"""
      error: `..` is the whole project
       --> stagecraft.yml:3:35
        |
      3 |   a: {run: x, dir: web, outputs: ['..']}
        |                                   ^^^^ name the files or folders that the task writes
      """#)
  }

  @Test func `an exclusion among outputs is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, outputs: [dist, '!dist/tmp']}
        """#,
      #"""
      error: `!dist/tmp` excludes, and outputs cannot
       --> stagecraft.yml:3:31
        |
      3 |   a: {run: x, outputs: [dist, '!dist/tmp']}
        |                               ^^^^^^^^^^^ list what the task writes
      """#)
  }

  @Test func `a glob that cannot be read is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, inputs: ['src/{a,b', 'src/[']}
        """#,
      #"""
      error: `src/{a,b` is not a valid pattern: a brace is not closed
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, inputs: ['src/{a,b', 'src/[']}
        |                        ^^^^^^^^^^ a `\` before `*`, `?`, `[` or `{` makes it stand for itself

      error: `src/[` is not a valid pattern: its brackets make no set
       --> stagecraft.yml:3:36
        |
      3 |   a: {run: x, inputs: ['src/{a,b', 'src/[']}
        |                                    ^^^^^^^ a `\` before `*`, `?`, `[` or `{` makes it stand for itself
      """#)
  }

  @Test func `a need that is listed twice is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x}
          b: {run: x, needs: [a, a]}
        """#,
      #"""
      error: `a` is in the list twice
       --> stagecraft.yml:4:26
        |
      4 |   b: {run: x, needs: [a, a]}
        |                          ^ list it once
      """#)
  }

  @Test func `a compose file outside of the project is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        compose: ../compose.yaml
        """#,
      #"""
      error: `../compose.yaml` leaves the project
       --> stagecraft.yml:2:10
        |
      2 | compose: ../compose.yaml
        |          ^^^^^^^^^^^^^^^ paths start at the project and stay in it
      """#)
  }
}
