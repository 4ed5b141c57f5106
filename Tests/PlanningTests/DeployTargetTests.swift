// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which hosts run which services, how flags narrow that down, and how hosts follow each other.
// Proves spec/core/config.md.

import Planning
import Tasks
import TestSupport
import Testing

/// Targets of deploys.
@Suite struct DeployTargetTests {
  private static let fleet = """
    project: {name: fleet}
    hosts: {front: [h1, h2], jobs: [h2], data: [h3]}
    services:
      web: {role: front, drain: 5s}
      api: {role: front, pre_stop: [touch, /tmp/down], strategy: recreate, health_timeout: 2m}
      worker: {role: jobs}
      postgres: {role: data}
    environments:
      prod: {driver: ssh}
      eu-prod:
        driver: ssh
        hosts: {front: [e1], jobs: [e1], data: [e2]}
        services: {api: {role: jobs, replicas: 3, pre_stop: down, drain: 0s}}
        rollout: {enabled: true, batch: 50%, canary: 1, max_failures: 2, on_failure: rollback, pause: 10s}
        postgres: {mode: external, url: "postgres://db"}
        keep_releases: 2
        lock_wait: 1m
        secrets: {PW: {command: [pass, show, pw]}, KEY: {env: OTHER}, PLAIN: }
        redis_volume: cache
      dev: {driver: local}
    databases:
      main: {connection_env: DATABASE_URL, migrations: {engine: raw, path: db, service: api}}
    network: {provider: static, providers: {static: {addresses: {h3: 10.0.0.3}}}}
    """

  private static let services = [
    ComposeServiceOutline(name: "web", dependencies: ["api"]),
    ComposeServiceOutline(name: "api", dependencies: ["postgres"]),
    ComposeServiceOutline(name: "worker", dependencies: ["postgres"]),
    ComposeServiceOutline(name: "postgres"),
  ]

  private func target(
    _ environment: String = "prod", _ selection: DeploySelection = DeploySelection(),
    in text: String = fleet, services: [ComposeServiceOutline] = services
  ) throws -> DeployTarget {
    let file = SourceFile(path: "stagecraft.yml", text: text)
    let (read, diagnostics) = ProjectReader.read(file: file)
    #expect(diagnostics.render(sources: [file]) == "")
    let project = try #require(read)
    return try DeployTarget(
      project: project, environment: #require(project.environment(environment)),
      services: services, selection: selection,
      variables: ["HOME": "/home/me", "XDG_STATE_HOME": ""])
  }

  private func fault(
    _ environment: String = "prod", _ selection: DeploySelection = DeploySelection(),
    in text: String = fleet
  ) -> [Diagnostic] {
    do {
      _ = try target(environment, selection, in: text)
      return []
    } catch let error as ProjectError {
      return error.diagnostics
    } catch {
      Issue.record(error)
      return []
    }
  }

  @Test func `every host runs the services of its roles in the order of the compose file`() throws {
    let target = try target()
    #expect(
      target.hosts == [
        TargetHost(
          name: "h1", roles: ["front"], services: ["web", "api"], placed: ["web", "api"]),
        TargetHost(
          name: "h2", roles: ["front", "jobs"], services: ["web", "api", "worker"],
          placed: ["web", "api", "worker"]),
        TargetHost(name: "h3", roles: ["data"], services: ["postgres"], placed: ["postgres"]),
      ])
    #expect(target.allHosts == target.hosts)
    #expect(target.notes.isEmpty)
    #expect(target.hosts(of: "web") == ["h1", "h2"])
    #expect(target.addresses == ["h3": "10.0.0.3"])
    #expect(target.keepReleases == 5)
    #expect(target.databases.map(\.service?.name) == ["api"])
    #expect(target.databases.map(\.table) == ["stagecraft_migrations"])
    let api = try #require(target.service("api"))
    #expect(api.preStop == ["touch", "/tmp/down"])
    #expect(api.strategy == .recreate)
    #expect(api.healthTimeout == .seconds(120))
    #expect(target.service("web")?.drain == .seconds(5))
    #expect(target.service("web")?.strategy == nil)
  }

  @Test func `an environment lays its own settings over the project's`() throws {
    let target = try target("eu-prod")
    #expect(target.hosts.map(\.name) == ["e1"])
    #expect(target.hosts.map(\.services) == [["web", "api", "worker"]])
    let api = try #require(target.service("api"))
    #expect(api.role == "jobs" && api.replicas == 3 && api.drain == .zero)
    #expect(api.preStop == ["/bin/sh", "-c", "down"])
    #expect(api.strategy == .recreate)
    #expect(target.service("web")?.strategy == nil)
    #expect(target.service("web")?.preferred == .dockerRollout)
    #expect(target.externals.map(\.name) == ["postgres"])
    #expect(target.externals.map(\.url) == ["postgres://db"])
    #expect(target.service("postgres") == nil)
    #expect(target.keepReleases == 2)
    #expect(target.lockWait == .seconds(60))
    #expect(
      target.secrets.map(\.origin) == [
        .command(["pass", "show", "pw"]), .variable("OTHER"), .variable("PLAIN"),
      ])
    #expect(target.overlay.redisVolume == "cache")
    #expect(target.rollout.maxFailures == 2 && target.rollout.onFailure == .rollback)
    #expect(target.rollout.pause == .seconds(10))
    #expect(target.notes == ["no service runs on host `e2`"])
  }

  @Test func `the local engine runs everything under a directory of its user`() throws {
    let target = try target("dev")
    #expect(target.hosts.map(\.name) == ["local"])
    #expect(target.hosts.map(\.services) == [["web", "api", "worker", "postgres"]])
    #expect(
      target.host(for: target.hosts[0])
        == Host(
          name: "local", reach: .local,
          directory: "/home/me/.local/state/stagecraft/deployments/fleet/dev",
          composeProject: "fleet-dev"))
    #expect(
      TargetNames.localBase(variables: ["XDG_STATE_HOME": "/s/", "HOME": "/h"])
        == "/s/stagecraft/deployments")
    #expect(
      try self.target().host(for: "h1")
        == Host(
          name: "h1", reach: .ssh, directory: "/var/lib/stagecraft/fleet/prod",
          composeProject: "fleet-prod"))
  }

  @Test func `two projects or environments never share a compose project`() {
    let pairs = [
      ("shop", "eu-prod"), ("shop-eu", "prod"), ("Shop", "prod"), ("shop", "prod"),
      ("sh.op", "prod"),
      ("sh-op", "prod"), ("shop", "Prod"), ("shop", "pro.d"), ("shop", "pro-d"),
    ]
    let names = pairs.map { TargetNames(project: $0.0, environment: $0.1).composeProject }
    #expect(Set(names).count == pairs.count)
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    #expect(names.allSatisfy { $0.allSatisfy(allowed.contains) })
    #expect(names[3] == "shop-prod")
    #expect(names[1] == "shop-eu-prod")
  }

  @Test func `flags leave out hosts and services, and hosts keep what lives there`() throws {
    let services = try target("prod", DeploySelection(services: ["worker"], hosts: [], roles: []))
    #expect(services.hosts.map(\.name) == ["h2"])
    #expect(services.hosts.map(\.services) == [["worker"]])
    #expect(services.hosts.map(\.placed) == [["web", "api", "worker"]])
    #expect(services.allHosts.map(\.name) == ["h1", "h2", "h3"])
    #expect(services.services.map(\.name) == ["worker"])
    #expect(
      services.notes == [
        "`worker` depends on `postgres`, which is not part of this deploy and is taken as running"
      ])
    let roles = try target("prod", DeploySelection(services: [], hosts: ["h2"], roles: ["front"]))
    #expect(roles.hosts.map(\.services) == [["web", "api"]])
    let idle = try target(
      "prod", DeploySelection(services: ["api"], hosts: ["h1", "h3"], roles: []))
    #expect(idle.hosts.map(\.name) == ["h1"])
    #expect(idle.notes.first == "no chosen service runs on host `h3`")
  }

  private static let tied = [
    ComposeServiceOutline(name: "web"),
    ComposeServiceOutline(
      name: "api", dependencies: ["web"], ties: [ServiceTie(.network, of: "web")]),
    ComposeServiceOutline(
      name: "worker", dependencies: ["api"], ties: [ServiceTie(.pid, of: "api")]),
    ComposeServiceOutline(name: "postgres"),
  ]

  @Test func `who lives in a container is deployed with it, not the other way round`() throws {
    func chosen(_ name: String) throws -> DeployTarget {
      try target(
        "dev", DeploySelection(services: [name], hosts: [], roles: []), services: Self.tied)
    }
    let home = try chosen("web")
    #expect(home.hosts.map(\.services) == [["web", "api", "worker"]])
    #expect(
      home.notes == [
        "`worker` shares the processes of `api` and is deployed with it",
        "`api` shares the network of `web` and is deployed with it",
      ])
    let guest = try chosen("worker")
    #expect(guest.hosts.map(\.services) == [["worker"]])
    #expect(try target("dev", services: Self.tied).notes == [])
  }

  @Test(arguments: [
    ("prod", "which does not run on host `h2`"), ("eu-prod", "which is not deployed to `eu-prod`"),
  ])
  func `who lives in a container must be where that is`(
    _ environment: String, _ place: String
  ) throws {
    let worker = ComposeServiceOutline(
      name: "worker", ties: [ServiceTie(.pid, of: "postgres")])
    let services = Self.services.filter { $0.name != "worker" } + [worker]
    let error = #expect(throws: ProjectError.self) {
      try target(environment, services: services)
    }
    #expect(
      error?.diagnostics.map(\.code) == [
        .stated(
          id: "shared-elsewhere",
          message: "service `worker` shares the processes of `postgres`, \(place)",
          hint: "give both services the same role")
      ])
    #expect(error?.diagnostics.map { $0.location?.description ?? "" } == ["stagecraft.yml:6:3"])
  }

  @Test func `flags that name nothing are refused with the nearest name`() {
    #expect(
      fault("prod", DeploySelection(services: ["wep"], hosts: ["h9"], roles: ["job"])).map(\.code)
        == [
          .unknownService("wep", nearest: "web"), .unknownHost("h9", nearest: "h1"),
          .unknownRole("job", nearest: "jobs"),
        ])
    #expect(
      fault("prod", DeploySelection(services: ["api"], hosts: ["h3"], roles: [])).map(\.code)
        == [.serviceOutsideSelection("api", hosts: ["h1", "h2"])])
    #expect(
      fault("prod", DeploySelection(services: [], hosts: ["h3"], roles: ["front"])).map(\.code)
        == [.nothingSelected])
    #expect(
      fault("eu-prod", DeploySelection(services: ["postgres"], hosts: [], roles: [])).map(\.code)
        == [.externalServiceChosen("postgres", environment: "eu-prod")])
  }

  @Test func `a service without a role is refused where several could take it`() {
    let text = """
      project: {name: fleet}
      hosts: {front: [h1], data: [h2]}
      environments: {prod: {driver: ssh}, one: {driver: ssh, hosts: {a: [h1], b: [h1]}}}
      services: {web: {replicas: 2}, api: {role: front}, worker: {role: front}}
      """
    let found = fault(in: text)
    #expect(
      found.map(\.code) == [
        .serviceWithoutRole("web", roles: ["front", "data"]),
        .serviceWithoutRole("postgres", roles: ["front", "data"]),
      ])
    #expect(
      found.map { $0.location?.description ?? "" } == [
        "stagecraft.yml:4:12", "stagecraft.yml:2:1",
      ])
    #expect(
      fault("one", in: text).map(\.code)
        == ["api", "worker"].map { _ in
          .roleOutsideEnvironment("front", environment: "one", nearest: nil)
        })
  }

  @Test func `a service without a role runs on the only role or host`() throws {
    let role = "project: {name: a}\nhosts: {web: [h2, h1]}\nenvironments: {prod: {driver: ssh}}\n"
    #expect(try target(in: role).hosts.map(\.name) == ["h1", "h2"])
    #expect(try target(in: role).hosts.map(\.services.count) == [4, 4])
    let host =
      "project: {name: a}\nhosts: {web: [h], db: [h]}\nenvironments: {prod: {driver: ssh}}\n"
    #expect(try target(in: host).hosts.map(\.services.count) == [4])
    let chosen = DeploySelection(services: [], hosts: [], roles: ["web"])
    #expect(try target("prod", chosen, in: role).hosts.map(\.services.count) == [4, 4])
  }

  @Test func `an environment over ssh without hosts is refused at its driver`() {
    let found = fault(in: "project: {name: a}\nenvironments: {prod: {driver: digitalocean}}\n")
    #expect(found.map(\.code) == [.environmentWithoutHosts("prod", driver: "digitalocean")])
    #expect(found.first?.location?.description == "stagecraft.yml:2:31")
  }

  @Test func `names that the compose file does not have are refused at their place`() {
    let found = fault(
      in: """
        project: {name: a}
        services: {wbe: {}}
        databases: {m: {connection_env: M, migrations: {engine: raw, path: m, service: app}}}
        environments:
          prod:
            driver: local
            services: {apis: {replicas: 2}}
            postgre: {mode: external}
        """)
    #expect(
      found.map(\.code) == [
        .unknownService("wbe", nearest: "web"), .unknownService("apis", nearest: "api"),
        .unknownService("postgre", nearest: "postgres"), .unknownService("app", nearest: "api"),
      ])
    #expect(found.map { $0.location?.line ?? 0 } == [2, 7, 8, 3])
  }

  @Test(
    arguments: [
      (nil, nil, [["1", "2", "3", "4", "5"]]),
      (nil, "2", [["1", "2"], ["3", "4"], ["5"]]),
      ("1", nil, [["1"], ["2", "3", "4", "5"]]),
      ("1", "2", [["1"], ["2", "3"], ["4", "5"]]),
      ("10%", "50%", [["1"], ["2", "3"], ["4", "5"]]),
      ("9", "1", [["1", "2", "3", "4", "5"]]),
      (nil, "100%", [["1", "2", "3", "4", "5"]]),
    ] as [(String?, String?, [[String]])])
  func `waves are the canary and then batches, every host once`(
    canary: String?, batch: String?, waves: [[String]]
  ) {
    var rollout = RolloutSettings()
    rollout.canary = canary.flatMap { HostShare($0) }
    rollout.batch = batch.flatMap { HostShare($0) }
    #expect(rollout.waves(["1", "2", "3", "4", "5"]) == waves)
    #expect(rollout.waves([]).isEmpty)
  }

  @Test(arguments: ["0", "-1", "101%", "0%", "x", "", "1.5", "%", "99999999999999999999"])
  func `other texts are no number of hosts`(text: String) {
    #expect(HostShare(text) == nil)
  }

  @Test func `a task becomes a hook of a phase`() throws {
    let file = SourceFile(
      path: "s",
      text: """
        project: {name: a}
        tasks: {a: {run: x, before: migrate_pre}, b: {run: x, after: finalize}, c: {run: x}}
        """)
    let project = try #require(ProjectReader.read(file: file).project)
    #expect(
      project.tasks.map(\.hook) == [
        TaskDefinition.Hook(.before, .migratePre), TaskDefinition.Hook(.after, .finalize), nil,
      ])
  }
}
