// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports:
// keys that are unknown, missing or twice there, and values of the wrong kind.
// Proves spec/core/config.md.

import Planning
import Testing

/// Reports on keys and kinds.
@Suite struct ProjectShapeReports {
  @Test func `an unknown key is named with the nearest one`() {
    expectReport(
      on: #"""
        project: {name: shop}
        enviroments:
          staging:
            driver: local
        """#,
      #"""
      error: unknown key `enviroments`
       --> stagecraft.yml:2:1
        |
      2 | enviroments:
        | ^^^^^^^^^^^ did you mean `environments`?
      """#)
  }

  @Test func `an unknown key far from all others is told what is known`() {
    expectReport(
      on: #"""
        project: {name: shop}
        qqqqqqq: 1
        """#,
      #"""
      error: unknown key `qqqqqqq`
       --> stagecraft.yml:2:1
        |
      2 | qqqqqqq: 1
        | ^^^^^^^ known here: `project`, `compose`, `images`, `cache`, `pools`, `environments`, `tasks`, `services` and 12 more
      """#)
  }

  @Test func `an empty file says so`() {
    expectReport(
      on: #"""

        """#,
      #"""
      error: the file is empty
       --> stagecraft.yml:1:1
        |
      1 |
        | ^ the least is `project: { name: NAME }`
      """#)
  }

  @Test func `a file of comments alone says so`() {
    expectReport(
      on: #"""
        # nothing
        """#,
      #"""
      error: the file is empty
       --> stagecraft.yml:1:1
        |
      1 | # nothing
        | ^ the least is `project: { name: NAME }`
      """#)
  }

  @Test func `text that is not yaml is reported where it breaks`() {
    expectReport(
      on: #"""
        project: {name: shop
        tasks: 1
        """#,
      #"""
      error: this mapping is not closed: expected `,` or `}` before line 2
       --> stagecraft.yml:1:10
        |
      1 | project: {name: shop
        |          ^
      """#)
  }

  @Test func `a repeated key is reported at its second place`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x}
          a: {run: y}
        """#,
      #"""
      error: key `a` is already set in line 3
       --> stagecraft.yml:4:3
        |
      4 |   a: {run: y}
        |   ^
      """#)
  }

  @Test func `a missing top level key is reported`() {
    expectReport(
      on: #"""
        tasks:
          a: {run: x}
        """#,
      #"""
      error: missing key `project`
       --> stagecraft.yml:1:1
        |
      1 | tasks:
        | ^
      """#)
  }

  @Test func `a missing key of a section names the section`() {
    expectReport(
      on: #"""
        project: {registry: localhost}
        """#,
      #"""
      error: `project` has no key `name`
       --> stagecraft.yml:1:1
        |
      1 | project: {registry: localhost}
        | ^^^^^^^
      """#)
  }

  @Test func `a list where a mapping belongs is told from it`() {
    expectReport(
      on: #"""
        project: [shop]
        """#,
      #"""
      error: expected a mapping, found a list
       --> stagecraft.yml:1:10
        |
      1 | project: [shop]
        |          ^^^^^^
      """#)
  }

  @Test func `a mapping where a list of texts belongs is told from it`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a:
            run: x
            needs: {b: c}
        """#,
      #"""
      error: expected a list of texts, found a mapping
       --> stagecraft.yml:5:12
        |
      5 |     needs: {b: c}
        |            ^^^^^^
      """#)
  }

  @Test func `a list where a text belongs is told from it`() {
    expectReport(
      on: #"""
        project:
          name: [a]
        """#,
      #"""
      error: expected a text, found a list
       --> stagecraft.yml:2:9
        |
      2 |   name: [a]
        |         ^^^
      """#)
  }

  @Test func `nothing where a text belongs is told from it`() {
    expectReport(
      on: #"""
        project:
          name:
        """#,
      #"""
      error: expected a text, found nothing
       --> stagecraft.yml:2:8
        |
      2 |   name:
        |        ^
      """#)
  }

  @Test func `a number where a list belongs is told from it`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, inputs: 5}
        """#,
      #"""
      error: expected a list of texts, found a number
       --> stagecraft.yml:3:23
        |
      3 |   a: {run: x, inputs: 5}
        |                       ^
      """#)
  }

  @Test func `an element of the wrong kind is reported by itself`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: [x, [y], z]}
        """#,
      #"""
      error: expected a text, found a list
       --> stagecraft.yml:3:16
        |
      3 |   a: {run: [x, [y], z]}
        |                ^^^
      """#)
  }

  @Test func `all faults of a file come at once in its order`() {
    expectReport(
      on: #"""
        project: {name: '-x', nmae: y}
        tasks:
          a: {rn: x}
          b: {run: [], retries: many}
        pools: {web: 0}
        """#,
      #"""
      error: `-x` is not a valid name
       --> stagecraft.yml:1:17
        |
      1 | project: {name: '-x', nmae: y}
        |                 ^^^^ letters, digits, `.`, `_` and `-`, beginning with a letter or digit

      error: unknown key `nmae`
       --> stagecraft.yml:1:23
        |
      1 | project: {name: '-x', nmae: y}
        |                       ^^^^ did you mean `name`?

      error: `tasks.a` has no key `run`
       --> stagecraft.yml:3:3
        |
      3 |   a: {rn: x}
        |   ^

      error: unknown key `rn`
       --> stagecraft.yml:3:7
        |
      3 |   a: {rn: x}
        |       ^^ did you mean `run`?

      error: `run` is empty
       --> stagecraft.yml:4:12
        |
      4 |   b: {run: [], retries: many}
        |            ^^ give it a value, or take the key away

      error: expected a whole number, found a text
       --> stagecraft.yml:4:25
        |
      4 |   b: {run: [], retries: many}
        |                         ^^^^

      error: 0 is too small, the least is 1
       --> stagecraft.yml:5:14
        |
      5 | pools: {web: 0}
        |              ^
      """#)
  }
}
