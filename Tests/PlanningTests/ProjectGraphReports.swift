// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports:
// needs, circles, outputs that overlap and inputs that another task makes.
// Proves spec/core/config.md.

import Planning
import Testing

/// Reports on what tasks say about each other.
@Suite struct ProjectGraphReports {
  @Test func `a need of an unknown task is named with the nearest one`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          codegen: {run: x}
          web: {run: x, needs: [codgen]}
        """#,
      #"""
      error: task `codgen` is not defined
       --> stagecraft.yml:4:25
        |
      4 |   web: {run: x, needs: [codgen]}
        |                         ^^^^^^ did you mean `codegen`?
      """#)
  }

  @Test func `a need of a task with faults of its own is not unknown`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          codegen: {rnu: x}
          web: {run: x, needs: [codegen]}
        """#,
      #"""
      error: `tasks.codegen` has no key `run`
       --> stagecraft.yml:3:3
        |
      3 |   codegen: {rnu: x}
        |   ^^^^^^^

      error: unknown key `rnu`
       --> stagecraft.yml:3:13
        |
      3 |   codegen: {rnu: x}
        |             ^^^ did you mean `run`?
      """#)
  }

  @Test func `a task that needs itself is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, needs: [a]}
        """#,
      #"""
      error: task `a` needs itself
       --> stagecraft.yml:3:23
        |
      3 |   a: {run: x, needs: [a]}
        |                       ^ take it out of its `needs`
      """#)
  }

  @Test func `a circle of two tasks is drawn with each edge`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, needs: [b]}
          b: {run: x, needs: [a]}
        """#,
      #"""
      error: tasks need each other in a circle: `a` → `b` → `a`
       --> stagecraft.yml:3:23
        |
      3 |   a: {run: x, needs: [b]}
        |                       ^ take one of them out of `needs`
        = `b` needs `a` here
       --> stagecraft.yml:4:23
      4 |   b: {run: x, needs: [a]}
        |                       ^
      """#)
  }

  @Test func `the shortest of several circles is drawn`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a:
            run: x
            needs: [b]
          b:
            run: x
            needs: [c]
          c:
            run: x
            needs: [d]
          d:
            run: x
            needs: [a, b]
        """#,
      #"""
      error: tasks need each other in a circle: `b` → `c` → `d` → `b`
        --> stagecraft.yml:8:13
         |
       8 |     needs: [c]
         |             ^ take one of them out of `needs`
         = `c` needs `d` here
        --> stagecraft.yml:11:13
      11 |     needs: [d]
         |             ^
         = `d` needs `b` here
        --> stagecraft.yml:14:16
      14 |     needs: [a, b]
         |                ^
      """#)
  }

  @Test func `two circles apart from each other are both drawn`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, needs: [b]}
          b: {run: x, needs: [a]}
          c: {run: x, needs: [d]}
          d: {run: x, needs: [c]}
        """#,
      #"""
      error: tasks need each other in a circle: `a` → `b` → `a`
       --> stagecraft.yml:3:23
        |
      3 |   a: {run: x, needs: [b]}
        |                       ^ take one of them out of `needs`
        = `b` needs `a` here
       --> stagecraft.yml:4:23
      4 |   b: {run: x, needs: [a]}
        |                       ^

      error: tasks need each other in a circle: `c` → `d` → `c`
       --> stagecraft.yml:5:23
        |
      5 |   c: {run: x, needs: [d]}
        |                       ^ take one of them out of `needs`
        = `d` needs `c` here
       --> stagecraft.yml:6:23
      6 |   d: {run: x, needs: [c]}
        |                       ^
      """#)
  }

  @Test func `two tasks with one output are refused with both places`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, outputs: [dist/app.js]}
          b: {run: x, dir: dist, outputs: [app.js]}
        """#,
      #"""
      error: outputs of two tasks overlap: `dist/app.js` of `b` and `dist/app.js` of `a`
       --> stagecraft.yml:4:36
        |
      4 |   b: {run: x, dir: dist, outputs: [app.js]}
        |                                    ^^^^^^ let one task write to another place
        = `a` writes `dist/app.js` here
       --> stagecraft.yml:3:25
      3 |   a: {run: x, outputs: [dist/app.js]}
        |                         ^^^^^^^^^^^
      """#)
  }

  @Test func `globs of two tasks that can meet are refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, outputs: ['dist/*.js']}
          b: {run: x, outputs: ['dist/app.*']}
        """#,
      #"""
      error: outputs of two tasks overlap: `dist/app.*` of `b` and `dist/*.js` of `a`
       --> stagecraft.yml:4:25
        |
      4 |   b: {run: x, outputs: ['dist/app.*']}
        |                         ^^^^^^^^^^^^ let one task write to another place
        = `a` writes `dist/*.js` here
       --> stagecraft.yml:3:25
      3 |   a: {run: x, outputs: ['dist/*.js']}
        |                         ^^^^^^^^^^^
      """#)
  }

  @Test func `a folder and a file in it are refused as outputs of two tasks`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, outputs: [dist/css/a.css]}
          b: {run: x, outputs: [dist]}
        """#,
      #"""
      error: outputs of two tasks overlap: `dist` of `b` and `dist/css/a.css` of `a`
       --> stagecraft.yml:4:25
        |
      4 |   b: {run: x, outputs: [dist]}
        |                         ^^^^ let one task write to another place
        = `a` writes `dist/css/a.css` here
       --> stagecraft.yml:3:25
      3 |   a: {run: x, outputs: [dist/css/a.css]}
        |                         ^^^^^^^^^^^^^^
      """#)
  }

  @Test func `an input that another task makes asks for a need`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          gen: {run: x, outputs: [src/gen/api.ts]}
          web: {run: x, inputs: ['src/**']}
        """#,
      #"""
      error: input `src/**` of `web` is made by `gen` (`src/gen/api.ts`), and `web` does not wait for it
       --> stagecraft.yml:4:26
        |
      4 |   web: {run: x, inputs: ['src/**']}
        |                          ^^^^^^^^ add `needs: [gen]`
        = `gen` writes `src/gen/api.ts` here
       --> stagecraft.yml:3:27
      3 |   gen: {run: x, outputs: [src/gen/api.ts]}
        |                           ^^^^^^^^^^^^^^
      """#)
  }

  @Test func `an input that a later task makes is told from it`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          lint: {run: x, inputs: ['**/*.ts']}
          gen: {run: x, needs: [lint], outputs: [src/gen.ts]}
        """#,
      #"""
      error: input `**/*.ts` of `lint` matches what `gen` makes (`src/gen.ts`), and `gen` runs after `lint`
       --> stagecraft.yml:3:27
        |
      3 |   lint: {run: x, inputs: ['**/*.ts']}
        |                           ^^^^^^^^^ exclude it with `!src/gen.ts`
        = `gen` writes `src/gen.ts` here
       --> stagecraft.yml:4:42
      4 |   gen: {run: x, needs: [lint], outputs: [src/gen.ts]}
        |                                          ^^^^^^^^^^
      """#)
  }

  @Test func `an input made by two tasks is reported for each`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, outputs: [out/a]}
          b: {run: x, outputs: [out/b]}
          c: {run: x, inputs: [out]}
        """#,
      #"""
      error: input `out` of `c` is made by `a` (`out/a`), and `c` does not wait for it
       --> stagecraft.yml:5:24
        |
      5 |   c: {run: x, inputs: [out]}
        |                        ^^^ add `needs: [a]`
        = `a` writes `out/a` here
       --> stagecraft.yml:3:25
      3 |   a: {run: x, outputs: [out/a]}
        |                         ^^^^^

      error: input `out` of `c` is made by `b` (`out/b`), and `c` does not wait for it
       --> stagecraft.yml:5:24
        |
      5 |   c: {run: x, inputs: [out]}
        |                        ^^^ add `needs: [b]`
        = `b` writes `out/b` here
       --> stagecraft.yml:4:25
      4 |   b: {run: x, outputs: [out/b]}
        |                         ^^^^^
      """#)
  }
}
