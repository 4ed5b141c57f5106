// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports:
// environments, services, the backend and sections without effect yet.
// Proves spec/core/config.md.

import Planning
import Testing

/// Reports on sections other than tasks.
@Suite struct ProjectSectionsReports {
  @Test func `an environment without a driver is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        environments:
          staging:
            env_file: .env
        """#,
      #"""
      error: `environments.staging` has no key `driver`
       --> stagecraft.yml:3:3
        |
      3 |   staging:
        |   ^^^^^^^
      """#)
  }

  @Test func `a bad key of an environment is told from a service`() {
    expectReport(
      on: #"""
        project: {name: shop}
        environments:
          staging:
            driver: local
            env_fil: .env
            db: {url: x}
            web: {size: 3}
        """#,
      #"""
      error: unknown key `env_fil`
       --> stagecraft.yml:5:5
        |
      5 |     env_fil: .env
        |     ^^^^^^^ did you mean `env_file`?

      error: `environments.staging.db` has no key `mode`
       --> stagecraft.yml:6:5
        |
      6 |     db: {url: x}
        |     ^^

      error: unknown key `web`
       --> stagecraft.yml:7:5
        |
      7 |     web: {size: 3}
        |     ^^^ known here: `driver`, `env_file`, `compose`, `profiles`, `compose_project`, `images`, `rollout`, `keep_releases` and 11 more
      """#)
  }

  @Test func `a value outside of a fixed set lists the set`() {
    expectReport(
      on: #"""
        project: {name: shop}
        environments:
          staging:
            driver: local
            traefik: {mode: none}
        """#,
      #"""
      warning: `environments.staging.traefik` is read but has no effect yet: it arrives with `infra up`
       --> stagecraft.yml:5:5
        |
      5 |     traefik: {mode: none}
        |     ^^^^^^^

      error: unknown value `none`
       --> stagecraft.yml:5:21
        |
      5 |     traefik: {mode: none}
        |                     ^^^^ one of `mkcert`, `acme`
      """#)
  }

  @Test func `a value near one of a fixed set is told the nearest`() {
    expectReport(
      on: #"""
        project: {name: shop}
        databases:
          main:
            migrations: {engine: raw, path: db, strategy: predeploy}
        """#,
      #"""
      error: unknown value `predeploy`
       --> stagecraft.yml:4:51
        |
      4 |     migrations: {engine: raw, path: db, strategy: predeploy}
        |                                                   ^^^^^^^^^ did you mean `pre_deploy`?
      """#)
  }

  @Test func `a truth value of another kind is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        environments:
          s: {driver: local, rollout: {enabled: maybe}}
        """#,
      #"""
      error: expected true or false, found a text
       --> stagecraft.yml:3:41
        |
      3 |   s: {driver: local, rollout: {enabled: maybe}}
        |                                         ^^^^^
      """#)
  }

  @Test func `a port out of range is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        infra: {bootstrap: {ssh: {port: 70000}}}
        """#,
      #"""
      warning: `infra` is read but has no effect yet: it arrives with `infra up`
       --> stagecraft.yml:2:1
        |
      2 | infra: {bootstrap: {ssh: {port: 70000}}}
        | ^^^^^

      error: 70000 is too large, the most is 65535
       --> stagecraft.yml:2:33
        |
      2 | infra: {bootstrap: {ssh: {port: 70000}}}
        |                                 ^^^^^
      """#)
  }

  @Test func `a section without effect yet is said once at its key`() {
    expectReport(
      on: #"""
        project: {name: shop}
        ci:
          provider: github
          providers: {github: {}}
        """#,
      #"""
      warning: `ci` is read but has no effect yet: it arrives with `ci init`
       --> stagecraft.yml:2:1
        |
      2 | ci:
        | ^^
      """#)
  }

  @Test func `a missing key deep in a section names the way to it`() {
    expectReport(
      on: #"""
        project: {name: shop}
        databases:
          main:
            connection_env: DATABASE_URL
            migrations:
              engine: raw
        """#,
      #"""
      error: `databases.main.migrations` has no key `path`
       --> stagecraft.yml:5:5
        |
      5 |     migrations:
        |     ^^^^^^^^^^
      """#)
  }

  @Test func `a bad variable name in a section is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        databases:
          main: {connection_env: database-url}
        """#,
      #"""
      error: `database-url` is not a valid variable name
       --> stagecraft.yml:3:26
        |
      3 |   main: {connection_env: database-url}
        |                          ^^^^^^^^^^^^ letters, digits and `_`, not beginning with a digit
      """#)
  }

  @Test func `an unknown backend provider is named with the nearest one`() {
    expectReport(
      on: #"""
        project: {name: shop}
        backend:
          provider: encore
          providers:
            encore: {}
        """#,
      #"""
      error: `backend` has no provider `encore`
       --> stagecraft.yml:3:13
        |
      3 |   provider: encore
        |             ^^^^^^ did you mean `encore-ts`?

      error: `backend` has no provider `encore`
       --> stagecraft.yml:5:5
        |
      5 |     encore: {}
        |     ^^^^^^ did you mean `encore-ts`?
      """#)
  }

  @Test func `an unknown provider with no near one lists them all`() {
    expectReport(
      on: #"""
        project: {name: shop}
        backend:
          provider: zzzzz
          providers:
            generic: {}
        """#,
      #"""
      error: `backend` has no provider `zzzzz`
       --> stagecraft.yml:3:13
        |
      3 |   provider: zzzzz
        |             ^^^^^ one of `generic`, `encore-ts`
      """#)
  }

  @Test func `a chosen provider without a section is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        backend:
          provider: generic
          providers: {}
        """#,
      #"""
      error: `backend.providers` has no section `generic`
       --> stagecraft.yml:3:13
        |
      3 |   provider: generic
        |             ^^^^^^^ add `generic:` under `backend.providers`
      """#)
  }

  @Test func `a backend without providers is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        backend:
          provider: generic
        """#,
      #"""
      error: `backend` has no key `providers`
       --> stagecraft.yml:2:1
        |
      2 | backend:
        | ^^^^^^^
      """#)
  }

  @Test func `the dev section of a backend is said to have no effect yet`() {
    expectReport(
      on: #"""
        project: {name: shop}
        backend:
          provider: generic
          providers:
            generic:
              dev: {command: [npm, start]}
        """#,
      #"""
      warning: `backend.providers.generic.dev` is read but has no effect yet: it arrives with `dev`
       --> stagecraft.yml:6:7
        |
      6 |       dev: {command: [npm, start]}
        |       ^^^
      """#)
  }

  @Test func `a role that hosts does not define is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        hosts: {primary: [one]}
        services:
          web: {role: primry}
        """#,
      #"""
      error: role `primry` is not defined
       --> stagecraft.yml:4:15
        |
      4 |   web: {role: primry}
        |               ^^^^^^ did you mean `primary`?
      """#)
  }

  @Test func `a service that needs an unknown task is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          assets: {run: x}
        services:
          web: {needs: [asset]}
        """#,
      #"""
      error: task `asset` is not defined
       --> stagecraft.yml:5:17
        |
      5 |   web: {needs: [asset]}
        |                 ^^^^^ did you mean `assets`?
      """#)
  }

  @Test func `an unknown key of a service is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        services:
          web: {need: []}
        """#,
      #"""
      error: unknown key `need`
       --> stagecraft.yml:3:9
        |
      3 |   web: {need: []}
        |         ^^^^ did you mean `needs`?
      """#)
  }

  @Test func `a list of hosts of another kind is refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        hosts:
          primary: one
        """#,
      #"""
      error: expected a list of texts, found a text
       --> stagecraft.yml:3:12
        |
      3 |   primary: one
        |            ^^^
      """#)
  }
}
