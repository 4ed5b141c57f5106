// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The whole text of reports on hosts, rollouts, secrets, databases, addresses and hooks.
// Proves spec/core/config.md.

import Planning
import Testing

/// Reports on what a deploy goes by.
@Suite struct ProjectDeployReports {
  @Test(
    arguments: [
      ("-oProxyCommand=x", "-oProxyCommand=x"), ("'a b'", "a b"), ("'x;y'", "x;y"),
      ("a@b@c", "a@b@c"),
      ("'@b'", "@b"), ("a@-b", "a@-b"),
    ])
  func `what ssh or a shell could misread is no host`(written: String, host: String) {
    let file = SourceFile(
      path: "s", text: "project: {name: a}\nhosts: {web: [\(written)]}\n")
    #expect(ProjectReader.read(file: file).diagnostics.map(\.code) == [.badHostName(host)])
  }

  @Test(arguments: ["web-1", "deploy@10.0.0.5", "web.example.com", "fd00::5", "user_1@h"])
  func `ssh destinations are hosts`(host: String) {
    let file = SourceFile(
      path: "s", text: "project: {name: a}\nhosts: {web: ['\(host)']}\n")
    #expect(ProjectReader.read(file: file).diagnostics.isEmpty)
  }

  @Test func `a role without hosts and a host twice are refused`() {
    expectReport(
      on: #"""
        project: {name: shop}
        hosts:
          web: []
          jobs: [h1, h1]
        environments:
          dev: {driver: local, hosts: {web: [h1]}}
          prod: {driver: ssh, hosts: {}}
        """#,
      #"""
      error: `hosts.web` is empty
       --> stagecraft.yml:3:8
        |
      3 |   web: []
        |        ^^ give it a value, or take the key away

      error: `h1` is in the list twice
       --> stagecraft.yml:4:14
        |
      4 |   jobs: [h1, h1]
        |              ^^ list it once

      error: environment `dev` is the local engine and has no hosts
       --> stagecraft.yml:6:24
        |
      6 |   dev: {driver: local, hosts: {web: [h1]}}
        |                        ^^^^^ choose the driver `ssh` to deploy to hosts

      error: `environments.prod.hosts` is empty
       --> stagecraft.yml:7:30
        |
      7 |   prod: {driver: ssh, hosts: {}}
        |                              ^^ give it a value, or take the key away
      """#)
  }

  @Test func `the keys of a service are checked at the top and in an environment`() {
    expectReport(
      on: #"""
        project: {name: shop}
        hosts: {web: [h1]}
        services:
          api: {strategy: rollin, replicas: 0, drain: 5}
        environments:
          prod:
            driver: ssh
            services:
              api: {role: wbe, needs: [], pre_stop: {}, health_timeout: 0s}
        """#,
      #"""
      error: unknown value `rollin`
       --> stagecraft.yml:4:19
        |
      4 |   api: {strategy: rollin, replicas: 0, drain: 5}
        |                   ^^^^^^ did you mean `rolling`?

      error: 0 is too small, the least is 1
       --> stagecraft.yml:4:37
        |
      4 |   api: {strategy: rollin, replicas: 0, drain: 5}
        |                                     ^

      error: `5` is not a length of time
       --> stagecraft.yml:4:47
        |
      4 |   api: {strategy: rollin, replicas: 0, drain: 5}
        |                                               ^ write it as in `90s`, `5m`, `1h30m` or `500ms`

      error: role `wbe` is not defined
       --> stagecraft.yml:9:19
        |
      9 |       api: {role: wbe, needs: [], pre_stop: {}, health_timeout: 0s}
        |                   ^^^ did you mean `web`?

      error: unknown key `needs`
       --> stagecraft.yml:9:24
        |
      9 |       api: {role: wbe, needs: [], pre_stop: {}, health_timeout: 0s}
        |                        ^^^^^ known here: `role`, `strategy`, `replicas`, `drain`, `pre_stop`, `health_timeout`

      error: expected a list of texts or a text, found a mapping
       --> stagecraft.yml:9:45
        |
      9 |       api: {role: wbe, needs: [], pre_stop: {}, health_timeout: 0s}
        |                                             ^^

      error: `0s` is not a length of time
       --> stagecraft.yml:9:65
        |
      9 |       api: {role: wbe, needs: [], pre_stop: {}, health_timeout: 0s}
        |                                                                 ^^ write it as in `90s`, `5m`, `1h30m` or `500ms`
      """#)
  }

  @Test func `a rollout is checked to its last key`() {
    expectReport(
      on: #"""
        project: {name: shop}
        environments:
          prod:
            driver: ssh
            keep_releases: 0
            rollout:
              enabled: true
              strategy: recreate
              batch: 0%
              canary: 200%
              max_failure: 1
              on_failure: rolback
        """#,
      #"""
      error: 0 is too small, the least is 1
       --> stagecraft.yml:5:20
        |
      5 |     keep_releases: 0
        |                    ^

      error: `enabled` and `strategy` exclude each other
       --> stagecraft.yml:7:7
        |
      7 |       enabled: true
        |       ^^^^^^^ keep one of them

      error: `0%` is not a number of hosts
       --> stagecraft.yml:9:14
        |
      9 |       batch: 0%
        |              ^^ write a number such as `2` or a share such as `25%`

      error: `200%` is not a number of hosts
        --> stagecraft.yml:10:15
         |
      10 |       canary: 200%
         |               ^^^^ write a number such as `2` or a share such as `25%`

      error: unknown key `max_failure`
        --> stagecraft.yml:11:7
         |
      11 |       max_failure: 1
         |       ^^^^^^^^^^^ did you mean `max_failures`?

      error: unknown value `rolback`
        --> stagecraft.yml:12:19
         |
      12 |       on_failure: rolback
         |                   ^^^^^^^ did you mean `rollback`?
      """#)
  }

  @Test func `secrets name variables and say where the values come from`() {
    expectReport(
      on: #"""
        project: {name: shop}
        environments:
          a: {driver: local, secrets: [A, A, 1B]}
          b:
            driver: local
            secrets:
              TOKEN: {command: []}
              KEY: {comand: [x]}
              BOTH: {command: [x], env: Y}
              OTHER: {env: a-b}
          c: {driver: local, secrets: all}
        """#,
      #"""
      error: `A` is in the list twice
       --> stagecraft.yml:3:35
        |
      3 |   a: {driver: local, secrets: [A, A, 1B]}
        |                                   ^ list it once

      error: `1B` is not a valid variable name
       --> stagecraft.yml:3:38
        |
      3 |   a: {driver: local, secrets: [A, A, 1B]}
        |                                      ^^ letters, digits and `_`, not beginning with a digit

      error: `secrets.TOKEN.command` is empty
       --> stagecraft.yml:7:24
        |
      7 |       TOKEN: {command: []}
        |                        ^^ give it a value, or take the key away

      error: `secrets.KEY` has no key `command`
       --> stagecraft.yml:8:7
        |
      8 |       KEY: {comand: [x]}
        |       ^^^

      error: unknown key `comand`
       --> stagecraft.yml:8:13
        |
      8 |       KEY: {comand: [x]}
        |             ^^^^^^ did you mean `command`?

      error: `command` and `env` exclude each other
       --> stagecraft.yml:9:28
        |
      9 |       BOTH: {command: [x], env: Y}
        |                            ^^^ keep one of them

      error: `a-b` is not a valid variable name
        --> stagecraft.yml:10:20
         |
      10 |       OTHER: {env: a-b}
         |                    ^^^ letters, digits and `_`, not beginning with a digit

      error: expected a list of names or a mapping, found a text
        --> stagecraft.yml:11:31
         |
      11 |   c: {driver: local, secrets: all}
         |                               ^^^
      """#)
  }

  @Test func `a database with migrations needs its variable, and overrides a database`() {
    expectReport(
      on: #"""
        project: {name: shop}
        databases:
          main: {migrations: {engine: raw, path: db}}
          logs: {connection_env: LOGS, migrations: {engine: raw, path: logs, timeout: 1h}}
        environments:
          prod:
            driver: local
            databases: {log: {migrations: {strategy: manual}}}
        """#,
      #"""
      error: `databases.main` has no key `connection_env`
       --> stagecraft.yml:3:3
        |
      3 |   main: {migrations: {engine: raw, path: db}}
        |   ^^^^

      error: database `log` has no migrations
       --> stagecraft.yml:8:17
        |
      8 |     databases: {log: {migrations: {strategy: manual}}}
        |                 ^^^ did you mean `logs`?
      """#)
  }

  @Test func `what holds for all databases holds where they and their environment say nothing`()
    throws
  {
    let file = SourceFile(
      path: "stagecraft.yml",
      text: """
        project: {name: shop}
        environments: {prod: {driver: local}, test: {driver: local, databases: {log: {migrations: {table: t}}}}}
        databases:
          main: {connection_env: MAIN, migrations: {}}
          log: {connection_env: LOG, migrations: {path: log, strategy: post_deploy}}
        migrations:
          default_engine: raw
          sources: {raw_sql_dir: db}
          engine_config: {raw: {dialect: postgres, schema_table: m}}
          env: {test: {enabled: false, sources: {raw_sql_dir: fixtures}}}
        """)
    let (read, diagnostics) = ProjectReader.read(file: file)
    #expect(diagnostics.render(sources: [file]) == "")
    let project = try #require(read)
    func told(_ environment: String?) -> [String] {
      project.databases(in: environment.flatMap(project.environment)).map {
        "\($0.name) \($0.engine) \($0.path.name) \($0.table) \($0.strategy.rawValue)"
      }
    }
    #expect(told(nil) == ["main raw db m pre_deploy", "log raw log m post_deploy"])
    #expect(told("prod") == told(nil))
    #expect(told("test") == ["main raw fixtures m manual", "log raw log t manual"])
  }

  @Test func `what would choose among migrations is refused with what does`() {
    expectReport(
      on: #"""
        project: {name: shop}
        migrations:
          sources: {raw_sql_dir: db, raw_sql_files: [a.sql]}
          env:
            prod: {selection: {tags: [a]}}
        """#,
      #"""
      error: `raw_sql_files` chooses among migrations, which is not supported: all of a folder run, in the order of their names
       --> stagecraft.yml:3:30
        |
      3 |   sources: {raw_sql_dir: db, raw_sql_files: [a.sql]}
        |                              ^^^^^^^^^^^^^ give what is to run apart a folder, and an entry of `databases` with that `path`

      error: environment `prod` is not defined
       --> stagecraft.yml:5:5
        |
      5 |     prod: {selection: {tags: [a]}}
        |     ^^^^ the project defines no environments

      error: `selection` chooses among migrations, which is not supported: all of a folder run, in the order of their names
       --> stagecraft.yml:5:12
        |
      5 |     prod: {selection: {tags: [a]}}
        |            ^^^^^^^^^ give what is to run apart a folder, and an entry of `databases` with that `path`
      """#)
  }

  @Test func `static addresses are addresses of hosts that there are`() {
    expectReport(
      on: #"""
        project: {name: shop}
        hosts: {web: [web-1, web-2]}
        network:
          provider: static
          providers:
            static: {addresses: {web-1: 10.0.0.256, wbe-2: "fd00::2"}}
        """#,
      #"""
      error: `10.0.0.256` is not an IP address
       --> stagecraft.yml:6:33
        |
      6 |     static: {addresses: {web-1: 10.0.0.256, wbe-2: "fd00::2"}}
        |                                 ^^^^^^^^^^ write it as in `10.0.0.5` or `fd00::5`

      error: host `wbe-2` is in no role
       --> stagecraft.yml:6:45
        |
      6 |     static: {addresses: {web-1: 10.0.0.256, wbe-2: "fd00::2"}}
        |                                             ^^^^^ did you mean `web-2`?
      """#)
  }

  @Test func `a hook names one of the six phases once`() {
    expectReport(
      on: #"""
        project: {name: shop}
        tasks:
          a: {run: x, before: rolout}
          b: {run: x, before: build, after: push}
        """#,
      #"""
      error: unknown value `rolout`
       --> stagecraft.yml:3:23
        |
      3 |   a: {run: x, before: rolout}
        |                       ^^^^^^ did you mean `rollout`?

      error: `before` and `after` exclude each other
       --> stagecraft.yml:4:30
        |
      4 |   b: {run: x, before: build, after: push}
        |                              ^^^^^ keep one of them
      """#)
  }
}
