// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports:
// names, commands, times, numbers and paths.
// Proves spec/core/config.md.

import Planning
import Testing

/// Reports on single values.
@Suite struct ProjectValuesReports {
  @Test func `a name with a bad character is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a/b: {run: x}
        """#,
      #"""
      error: `a/b` is not a valid name
       --> stagecraft.yml:3:3
        |
      3 |   a/b: {run: x}
        |   ^^^ letters, digits, `.`, `_` and `-`, beginning with a letter or digit
      """#)
  }

  @Test func `a project name with a bad character is refused`() {
    expectReport(
      on: #"""
        project: {name: my shop}
        """#,
      #"""
      error: `my shop` is not a valid name
       --> stagecraft.yml:1:17
        |
      1 | project: {name: my shop}
        |                 ^^^^^^^ letters, digits, `.`, `_` and `-`, beginning with a letter or digit
      """#)
  }

  @Test func `an empty command is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: []}
          b: {run: ''}
          c: {run: ['', x]}
          d: {run: '  '}
        """#,
      #"""
      error: `run` is empty
       --> stagecraft.yml:3:12
        |
      3 |   a: {run: []}
        |            ^^

      error: `run` is empty
       --> stagecraft.yml:4:12
        |
      4 |   b: {run: ''}
        |            ^^

      error: `run` is empty
       --> stagecraft.yml:5:12
        |
      5 |   c: {run: ['', x]}
        |            ^^^^^^^

      error: `run` is empty
       --> stagecraft.yml:6:12
        |
      6 |   d: {run: '  '}
        |            ^^^^
      """#)
  }

  @Test func `a task without a command is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {dir: web}
        """#,
      #"""
      error: `tasks.a` has no key `run`
       --> stagecraft.yml:3:3
        |
      3 |   a: {dir: web}
        |   ^
      """#)
  }

  @Test func `a command that is a mapping is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: {sh: x}}
        """#,
      #"""
      error: expected a list of texts or a text, found a mapping
       --> stagecraft.yml:3:12
        |
      3 |   a: {run: {sh: x}}
        |            ^^^^^^^
      """#)
  }

  @Test func `a length of time without a unit is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, timeout: 5}
        """#,
      #"""
      error: `5` is not a length of time
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, timeout: 5}
        |                        ^ write it as in `90s`, `5m`, `1h30m` or `500ms`
      """#)
  }

  @Test func `a length of time of zero is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, timeout: 0s}
        """#,
      #"""
      error: `0s` is not a length of time
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, timeout: 0s}
        |                        ^^ write it as in `90s`, `5m`, `1h30m` or `500ms`
      """#)
  }

  @Test func `a negative number of retries is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, retries: -1}
        """#,
      #"""
      error: -1 is too small, the least is 0
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, retries: -1}
        |                        ^^
      """#)
  }

  @Test func `a number of retries that is text is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, retries: two}
        """#,
      #"""
      error: expected a whole number, found a text
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, retries: two}
        |                        ^^^
      """#)
  }

  @Test func `an unknown pool is named with the nearest one`() {
    expectReport(
      on: #"""
        project: {name: shop}
        pools: {browser: 2}
        tasks:
          a: {run: x, pool: browsre}
          b: {run: x, pool: zzz}
        """#,
      #"""
      error: pool `browsre` is not defined
       --> stagecraft.yml:4:21
        |
      4 |   a: {run: x, pool: browsre}
        |                     ^^^^^^^ did you mean `browser`?

      error: pool `zzz` is not defined
       --> stagecraft.yml:5:21
        |
      5 |   b: {run: x, pool: zzz}
        |                     ^^^ declare it under `pools`
      """#)
  }

  @Test func `a pool without a place is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        pools: {browser: 0}
        """#,
      #"""
      error: 0 is too small, the least is 1
       --> stagecraft.yml:2:18
        |
      2 | pools: {browser: 0}
        |                  ^
      """#)
  }

  @Test func `a size in an unknown form is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        cache: {size: ten}
        """#,
      #"""
      error: `ten` is not a size
       --> stagecraft.yml:2:15
        |
      2 | cache: {size: ten}
        |               ^^^ write it as in `500MB`, `10GB` or `2GiB`
      """#)
  }

  @Test func `a bad variable name is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, env: [1A]}
          b: {run: x, env: {A-B: 1}}
        """#,
      #"""
      error: `1A` is not a valid variable name
       --> stagecraft.yml:3:21
        |
      3 |   a: {run: x, env: [1A]}
        |                     ^^ letters, digits and `_`, not beginning with a digit

      error: `A-B` is not a valid variable name
       --> stagecraft.yml:4:21
        |
      4 |   b: {run: x, env: {A-B: 1}}
        |                     ^^^ letters, digits and `_`, not beginning with a digit
      """#)
  }

  @Test func `a variable that is listed twice is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, env: [A, A=1]}
        """#,
      #"""
      error: `A` is in the list twice
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, env: [A, A=1]}
        |                        ^^^
      """#)
  }

  @Test func `a variable whose value is a list is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, env: {A: [1]}}
        """#,
      #"""
      error: expected a text, found a list
       --> stagecraft.yml:3:24
        |
      3 |   a: {run: x, env: {A: [1]}}
        |                        ^^^
      """#)
  }

  @Test func `an environment of another kind is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, env: A}
        """#,
      #"""
      error: expected a list of names or a mapping, found a text
       --> stagecraft.yml:3:20
        |
      3 |   a: {run: x, env: A}
        |                    ^
      """#)
  }

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
        |                        ^^^^^^^^^^

      error: `src/[` is not a valid pattern: its brackets make no set
       --> stagecraft.yml:3:36
        |
      3 |   a: {run: x, inputs: ['src/{a,b', 'src/[']}
        |                                    ^^^^^^^
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
        |                          ^
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
