// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports:
// names, commands, times and numbers.
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
        |            ^^ give it a value, or take the key away

      error: `run` is empty
       --> stagecraft.yml:4:12
        |
      4 |   b: {run: ''}
        |            ^^ give it a value, or take the key away

      error: `run` is empty
       --> stagecraft.yml:5:12
        |
      5 |   c: {run: ['', x]}
        |            ^^^^^^^ give it a value, or take the key away

      error: `run` is empty
       --> stagecraft.yml:6:12
        |
      6 |   d: {run: '  '}
        |            ^^^^ give it a value, or take the key away
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
        |                        ^^^ list it once
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
}
