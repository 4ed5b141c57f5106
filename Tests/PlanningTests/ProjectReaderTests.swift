// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a stagecraft.yml without faults means, key by key. Proves spec/core/config.md.

import Planning
import Tasks
import Testing
import YAML

/// Files without faults.
@Suite struct ProjectReaderTests {
  private func project(_ text: String) throws -> Project {
    let file = SourceFile(path: "stagecraft.yml", text: text)
    let (project, diagnostics) = ProjectReader.read(file: file)
    #expect(diagnostics.filter { $0.severity == .error }.render(sources: [file]) == "")
    return try #require(project)
  }

  private func task(_ body: String) throws -> TaskDefinition {
    let project = try project("project: {name: shop}\ntasks:\n  gen: {run: x}\n  a:\n\(body)\n")
    return try #require(project.task("a"))
  }

  @Test func `a name is all that a project needs`() throws {
    let project = try project("project:\n  name: shop\n")
    #expect(project.name == "shop")
    #expect(project.file == "stagecraft.yml")
    #expect(project.registry == nil)
    #expect(project.compose.isEmpty)
    #expect(project.cacheSize == nil)
    #expect(project.tasks.isEmpty)
    #expect(project.environments.isEmpty)
    #expect(project.backend == nil)
  }

  @Test func `every key of a task is read`() throws {
    let task = try task(
      """
          run: ["npm", "run", "build", ""]
          dir: apps/web
          inputs: ["src/**", package.json, ./x/../y, "!src/tmp/", "../shared/*.ts"]
          outputs: ["dist/**"]
          env: [NODE_ENV, LEVEL=3]
          needs: [gen]
          timeout: 1h30m
          retries: 2
          pool: cpu
      """)
    #expect(task.command == .arguments(["npm", "run", "build", ""]))
    #expect(task.directory == "apps/web")
    #expect(
      task.inputs.map(\.path) == [
        "apps/web/src/**", "apps/web/package.json", "apps/web/y", "apps/web/src/tmp",
        "apps/shared/*.ts",
      ])
    #expect(task.inputs.map(\.isExclusion) == [false, false, false, true, false])
    #expect(task.inputs[3].text == "src/tmp/")
    #expect(task.outputs.map(\.path) == ["apps/web/dist/**"])
    #expect(task.environment == [.passed("NODE_ENV"), .fixed(name: "LEVEL", value: "3")])
    #expect(task.needs.map(\.name) == ["gen"])
    #expect(task.needs.first?.location.description == "stagecraft.yml:10:13")
    #expect(task.timeout == .seconds(5400))
    #expect(task.retries == 2)
    #expect(task.pool == "cpu")
    #expect(task.location.description == "stagecraft.yml:4:3")
  }

  @Test func `a task has defaults for all but its command`() throws {
    let task = try task("    run: echo hi > out")
    #expect(task.command == .shell("echo hi > out"))
    #expect(task.directory == ".")
    #expect(task.inputs.isEmpty && task.outputs.isEmpty && task.environment.isEmpty)
    #expect(task.timeout == nil && task.retries == 0 && task.pool == nil)
  }

  @Test func `the directory counts for patterns above it in the file`() throws {
    let task = try task("    run: x\n    inputs: [a]\n    dir: web/.")
    #expect(task.inputs.map(\.path) == ["web/a"])
    #expect(task.directory == "web")
  }

  @Test func `a final slash of a glob takes what lies below`() throws {
    let task = try task("    run: x\n    inputs: ['*.d/', 'src/', 'lib/**/']")
    #expect(task.inputs.map(\.path) == ["*.d/**", "src", "lib/**"])
  }

  @Test func `a directory with wildcards in its name is no pattern`() throws {
    let task = try task("    run: x\n    dir: 'app[1]'\n    inputs: ['*.c']")
    #expect(task.directory == "app[1]")
    #expect(task.inputs.map(\.path) == ["app\\[1]/*.c"])
  }

  @Test func `numbers and truth values are texts where texts belong`() throws {
    let task = try task("    run: [sleep, 0.10, true]\n    env: {PORT: 0080, ON: yes, E: '', P: }")
    #expect(task.command == .arguments(["sleep", "0.10", "true"]))
    #expect(
      task.environment == [
        .fixed(name: "PORT", value: "0080"), .fixed(name: "ON", value: "yes"),
        .fixed(name: "E", value: ""), .passed("P"),
      ])
  }

  @Test(
    arguments: [
      ("500ms", 500), ("90s", 90_000), ("5m", 300_000), ("2h", 7_200_000), ("1h1m1s1ms", 3_661_001),
    ])
  func `lengths of time are read`(text: String, milliseconds: Int) throws {
    #expect(try task("    run: x\n    timeout: \(text)").timeout == .milliseconds(milliseconds))
  }

  @Test(
    arguments: [
      "1", "1.5h", "m", "1m1h", "1m1m", "-1s", "1 s", "1d", "99999999999999999999s", "٣s",
    ])
  func `other lengths of time are not`(text: String) {
    let file = SourceFile(
      path: "s", text: "project: {name: a}\ntasks:\n  a: {run: x, timeout: '\(text)'}\n")
    #expect(ProjectReader.read(file: file).diagnostics.map(\.code) == [.badDuration(text)])
  }

  @Test func `pools, the cache, the registry and the compose file are read`() throws {
    let project = try project(
      """
      project: {name: shop, registry: "localhost:5000"}
      compose: ./deploy/compose.yaml
      cache: {size: 10GB}
      pools: {browser: 2, cpu: 4}
      """)
    #expect(project.registry == "localhost:5000")
    #expect(project.compose.map(\.name) == ["deploy/compose.yaml"])
    #expect(project.cacheSize == 10_000_000_000)
    #expect(project.pools.map(\.name) == ["browser", "cpu"])
    #expect(project.pools.map(\.limit) == [2, 4])
  }

  @Test func `an environment chooses files, profiles, and what is done about images`() throws {
    let project = try project(
      """
      project: {name: shop}
      compose: [compose.yaml, extra.yaml]
      images: follow
      environments:
        dev: {driver: local}
        prod:
          driver: ssh
          hosts: {app: [h1]}
          compose: [compose.yaml, compose.prod.yaml]
          profiles: [worker]
          images: keep
        none: {driver: local, compose: one.yaml, profiles: []}
      """)
    #expect(project.compose.map(\.name) == ["compose.yaml", "extra.yaml"])
    #expect(project.images == .follow)
    let prod = try #require(project.environment("prod"))
    #expect(prod.compose.map(\.name) == ["compose.yaml", "compose.prod.yaml"])
    #expect(prod.compose.last?.location.line == 9)
    #expect(prod.profiles == ["worker"])
    #expect(prod.images == .keep)
    let dev = try #require(project.environment("dev"))
    #expect(dev.compose.isEmpty && dev.profiles == nil && dev.images == nil)
    let none = try #require(project.environment("none"))
    #expect(none.compose.map(\.name) == ["one.yaml"] && none.profiles == [])
  }

  @Test(arguments: [("1B", 1), ("2GiB", 2 << 30), ("500 MB", 500_000_000), ("3TiB", 3 << 40)])
  func `sizes are read`(text: String, bytes: Int) throws {
    #expect(try project("project: {name: a}\ncache: {size: \(text)}\n").cacheSize == bytes)
  }

  @Test func `environments keep their order and their env file`() throws {
    let project = try project(
      """
      project: {name: shop}
      environments:
        staging: {driver: digitalocean, env_file: ./env/staging.env}
        dev: {driver: local}
      """)
    #expect(project.environments.map(\.name) == ["staging", "dev"])
    #expect(project.environment("staging")?.envFile?.name == "env/staging.env")
    #expect(project.environment("dev")?.envFile == nil)
    #expect(project.environment("dev")?.driver.name == "local")
    #expect(project.environment("prod") == nil)
  }

  @Test func `services name the tasks before their image`() throws {
    let project = try project(
      """
      project: {name: shop}
      tasks: {assets: {run: x}}
      services: {web: {needs: [assets]}, api: {}}
      """)
    #expect(project.service("web")?.needs.map(\.name) == ["assets"])
    #expect(project.service("api")?.needs.isEmpty == true)
  }

  @Test func `a generic backend has a dockerfile in its context`() throws {
    let project = try project(
      """
      project: {name: shop}
      backend:
        provider: generic
        providers: {generic: {build: {context: apps/api}}}
      """)
    let backend = try #require(project.backend)
    #expect(backend.service == "backend")
    #expect(backend.build == .generic(dockerfile: "apps/api/Dockerfile", context: "apps/api"))
  }

  @Test func `a generic backend takes its context from the work directory`() throws {
    let project = try project(
      """
      project: {name: shop}
      backend:
        provider: generic
        service: api
        providers:
          generic:
            dev: {command: [npm, start], workdir: apps/api}
            build: {dockerfile: docker/api.Dockerfile}
      """)
    #expect(project.backend?.service == "api")
    #expect(
      project.backend?.build
        == .generic(dockerfile: "docker/api.Dockerfile", context: "apps/api"))
  }

  @Test func `an encore backend builds the service of its image name`() throws {
    let project = try project(
      """
      project: {name: shop}
      backend:
        provider: encore-ts
        providers:
          encore-ts:
            build: {workdir: ./backend, docker_tag_suffix: -encore}
      """)
    #expect(project.backend?.service == "api")
    #expect(
      project.backend?.build
        == .encoreTS(workdir: "backend", imageName: "api", tagSuffix: "-encore"))
  }

  @Test func `extension keys hold anchors`() throws {
    let project = try project(
      """
      x-common: &common {dir: web, retries: 1}
      project: {name: shop}
      tasks:
        a: {<<: *common, run: x}
        b: {<<: *common, run: y, retries: 3}
      """)
    #expect(project.tasks.map(\.directory) == ["web", "web"])
    #expect(project.tasks.map(\.retries) == [1, 3])
  }

  @Test func `every key of every section is known`() throws {
    let file = SourceFile(path: "stagecraft.yml", text: Self.everything)
    let (project, diagnostics) = ProjectReader.read(file: file)
    #expect(diagnostics.filter { $0.severity == .error }.render(sources: [file]) == "")
    #expect(
      diagnostics.map(\.code) == [
        .noEffectYet(section: "backend.providers.generic.dev", arrivesWith: "dev"),
        .noEffectYet(section: "frontend", arrivesWith: "dev"),
        .noEffectYet(section: "dev", arrivesWith: "dev"),
        .noEffectYet(section: "cloud", arrivesWith: "infra up"),
        .noEffectYet(section: "network.providers.tailscale", arrivesWith: "infra up"),
        .noEffectYet(section: "infra", arrivesWith: "infra up"),
        .noEffectYet(section: "environments.prod.traefik", arrivesWith: "infra up"),
        .noEffectYet(section: "ci", arrivesWith: "ci init"),
        .noEffectYet(section: "secrets", arrivesWith: "secrets sync"),
        .noEffectYet(section: "terraform", arrivesWith: "infra up"),
      ])
    #expect(project?.section("terraform")?.node["enabled"]?.bool == true)
    #expect(project?.section("secrets")?.location.line == 72)
    #expect(project?.databases(in: project?.environment("prod")).map(\.strategy) == [.manual])
  }

  private static let everything = """
    project: {name: shop, registry: registry.example.com/shop}
    backend:
      provider: generic
      providers:
        generic:
          dev: {command: [npm, start], workdir: api, env: {A: b}}
          build: {dockerfile: api/Dockerfile, context: api}
        encore-ts:
          dev:
            env_file: .env
            listen: 0.0.0.0:4000
            workdir: api
            entrypoint: ./main.ts
            disable_telemetry: true
            node_extra_ca_certs: ca.pem
            encore_secrets: {types: [dev, local], from_env: [TOKEN]}
          build: {workdir: api, image_name: api, docker_tag_suffix: -x}
    frontend:
      provider: generic
      providers:
        generic:
          dev:
            command: [npm, run, dev]
            workdir: web
            env: {PORT: 3000}
            ready_pattern: ready in
            shutdown: {signal: SIGTERM, timeout_ms: 5000}
    dev: {domains: {frontend: app.localdev.test, backend: api.localdev.test}}
    cloud:
      provider: digitalocean
      providers:
        digitalocean:
          token_env: DO_TOKEN
          ssh_key_name: me
          default_region: fra1
          default_size: s-1vcpu-1gb
          regions: [fra1]
          sizes: [s-1vcpu-1gb]
          hosts: {prod: {one: {role: primary, size: s-1vcpu-1gb, region: fra1}}}
    network:
      provider: tailscale
      providers: {tailscale: {auth_key_env: TS_KEY, tailnet_domain: x.ts.net, default_tags: ["tag:a"], role_tags: {primary: ["tag:b"]}, install: {method: auto, min_version: "1.60"}}}
    infra: {bootstrap: {ssh_user: root, ssh: {user: root, privateKeyPath: ~/.ssh/id, port: 22, knownHostsFile: k, extraArgs: [-v]}, docker: {enabled: true, installMethod: apt, version: "26"}, network: {provider: tailscale}}}
    databases:
      main: {connection_env: DATABASE_URL, migrations: {engine: raw, path: db/migrations, strategy: pre_deploy}}
    migrations:
      enabled: true
      default_engine: raw
      sources: {raw_sql_dir: db}
      engine_config: {raw: {dialect: postgres, schema_table: m}}
      env: {prod: {enabled: false, default_engine: raw, sources: {}, engine_config: {}}}
    environments:
      prod:
        driver: digitalocean
        env_file: .env.prod
        rollout: {enabled: true}
        postgres_volume: pg
        postgres_init_scripts: db/init
        redis_volume: redis
        db_port_publish: "5432"
        redis_port_publish: "6379"
        traefik: {mode: acme, mkcert_cert_dir: c, dynamic_config_dir: d, acme_email_env: MAIL, acme_storage: s, dashboard_auth: basic, hsts: true, cors_for_logto: false}
        db: {mode: external, url: "postgres://db"}
        databases: {main: {migrations: {strategy: manual}}}
      dev:
        driver: local
        rollout: {enabled: false}
        redis: {mode: container}
    hosts: {primary: [one], worker: [two, three]}
    services: {web: {role: primary}, api: {role: worker}}
    ci: {provider: github, providers: {github: {workflow_file: .github/workflows/deploy.yml, token_env: GH_TOKEN}}}
    secrets: {provider: envfile, providers: {envfile: {source_file: .env, target_file: .env.prod}}}
    terraform:
      enabled: true
      root: infra
      terraform_version: "1.9"
      workspace: ${env}
      var_files: ["${env}.tfvars"]
      vars: {a: 1, b: [x]}
      env: {TF_LOG: debug}
      backend: {mode: override, override: {bucket: x}}
      outputs_contract: {mode: strict, required: [stagecraft_hosts]}

    """
}
