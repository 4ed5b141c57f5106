// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what is read from the text that `docker compose config` prints.

import Cache
import TaskGraph
import Testing

@testable import Tasks

struct ComposeModelReaderTests {
  private func read(_ text: String) throws -> ComposeModel {
    try ComposeModelReader(root: "/home/me/app").read(text)
  }

  private func build(_ section: String) throws -> ImageSpec? {
    try read("services:\n  web:\n    build:\n\(section)").services.first?.build
  }

  @Test func `services are sorted, and only some are built`() throws {
    let model = try read(
      """
      name: app
      services:
        web:
          build: {context: /home/me/app/web}
          image: r/web:1
        db: {image: "postgres:16"}
        api: {build: {context: /home/me/app}}
      """)
    #expect(model.services.map(\.name) == ["api", "db", "web"])
    #expect(model.services.map(\.image) == [nil, "postgres:16", "r/web:1"])
    #expect(model.services.map { $0.build?.context } == [".", nil, "web"])
    #expect(model.unsupported == [])
  }

  @Test(arguments: [
    ("/home/me/app", "."), ("/home/me/app/web", "web"), ("/home/me/app/a/b", "a/b"),
    ("/home/me/application", "/home/me/application"), ("/elsewhere", "/elsewhere"),
    ("https://example.com/r.git", "https://example.com/r.git"),
  ])
  func `paths below the project do not say where it is`(printed: String, read: String) throws {
    #expect(try build("      context: \(printed)\n")?.context == read)
  }

  @Test(arguments: [
    ("$$HOME", "$HOME"), ("a$$b$$c", "a$b$c"), ("$$$$", "$$"), ("plain", "plain"), ("$$", "$"),
  ])
  func `doubled dollars are single`(printed: String, read: String) throws {
    #expect(
      try build("      context: .\n      args:\n        V: \"\(printed)\"\n")?.arguments == [
        ImageSpec.Pair("V", read)
      ])
  }

  @Test func `a whole section is read`() throws {
    let spec = try #require(
      try build(
        """
              context: /home/me/app/web
              dockerfile: /home/me/app/web/Dockerfile.prod
              args: {ONE: "1", EMPTY: "", NOTHING: null}
              target: final
              platforms: [linux/amd64]
              labels: {a: b}
              additional_contexts: {lib: /home/me/app/lib, base: "docker-image://alpine"}
              ssh: [default]
              extra_hosts: ["db=10.0.0.1"]
              cache_from: ["type=registry,ref=x"]
              cache_to: ["type=inline"]
              tags: ["r/web:2"]
              network: host
              shm_size: "67108864"
              pull: true
              no_cache: true

        """))
    #expect(spec.dockerfile == "web/Dockerfile.prod")
    #expect(spec.arguments == [.init("ONE", "1"), .init("EMPTY", ""), .init("NOTHING", "")])
    #expect(spec.target == "final")
    #expect(spec.platforms == ["linux/amd64"])
    #expect(spec.labels == [.init("a", "b")])
    #expect(
      spec.additionalContexts == [.init("lib", "lib"), .init("base", "docker-image://alpine")])
    #expect(spec.ssh == ["default"])
    #expect(spec.extraHosts == ["db=10.0.0.1"])
    #expect(spec.cacheFrom == ["type=registry,ref=x"])
    #expect(spec.cacheTo == ["type=inline"])
    #expect(spec.tags == ["r/web:2"])
    #expect(spec.network == "host")
    #expect(spec.sharedMemory == "67108864")
    #expect(spec.pulls)
    #expect(spec.isUncached)
  }

  @Test func `secrets are found by their source and named by their target`() throws {
    let model = try read(
      """
      services:
        web:
          build:
            context: /home/me/app
            secrets:
              - {source: token, target: npm}
              - {source: key}
              - {source: unknown}
      secrets:
        token: {environment: NPM_TOKEN}
        key: {file: /home/me/app/key.pem}
      """)
    #expect(
      model.services.first?.build?.secrets == [
        ImageSpec.Secret(name: "npm", source: .variable("NPM_TOKEN")),
        ImageSpec.Secret(name: "key", source: .file("key.pem")),
      ])
  }

  @Test func `a key without an equivalent is named with its service`() throws {
    let model = try read(
      "services:\n  web:\n    build: {context: ., isolation: x, privileged: true}\n")
    #expect(model.unsupported == ["web.isolation", "web.privileged"])
  }

  @Test func `what planning needs of a service is read, and nothing that may be secret`() throws {
    let model = try read(
      """
      services:
        web:
          image: a
          command: ["hidden"]
          environment: {A: hidden}
          profiles: [b, a]
          container_name: one
          network_mode: host
          networks: {front: null, back: null}
          ports:
            - {mode: ingress, target: 80, published: "8080", protocol: tcp}
            - {mode: ingress, host_ip: 127.0.0.1, target: 53, published: "53", protocol: udp}
            - {mode: ingress, host_ip: "::1", target: 1, published: "1-2", protocol: tcp}
            - {mode: ingress, target: 3000, protocol: tcp}
          volumes:
            - {type: volume, source: data, target: /d, volume: {}}
            - {type: volume, source: seen, target: /s, read_only: true}
            - {type: volume, target: /anonymous}
            - {type: bind, source: /srv/db, target: /b}
            - {type: bind, source: /srv/seen, target: /c, read_only: true}
            - {type: bind, source: /var/run/docker.sock, target: /e}
            - {type: bind, source: /home/me/app/conf, target: /f}
          depends_on:
            z: {condition: service_completed_successfully, required: true}
            b: {condition: service_healthy, required: false}
          healthcheck: {test: [CMD, hidden], interval: 1m30s, timeout: 500ms, retries: 4, start_period: 1h0m1s}
          stop_grace_period: 2m0s
          restart: "no"
          labels: {docker-rollout.pre-stop-hook: hidden}
          deploy: {replicas: 3, update_config: {order: stop-first}}
        b: {image: a, healthcheck: {disable: true}, scale: 2}
        c: {image: a, healthcheck: {test: [NONE]}, deploy: {restart_policy: {condition: any}}}
      """)
    let web = try #require(model.service("web"))
    #expect(web.profiles == ["a", "b"])
    #expect(web.containerName == "one")
    #expect(web.networkMode == "host")
    #expect(web.networks == ["back", "front"])
    #expect(web.publishedPorts == ["0.0.0.0:8080/tcp", "127.0.0.1:53/udp", "[::1]:1-2/tcp"])
    #expect(web.writtenVolumes == ["data"])
    #expect(web.writtenPaths == ["/srv/db"])
    #expect(
      web.dependencies == [
        ComposeDependency(service: "b", condition: .healthy, isRequired: false),
        ComposeDependency(service: "z", condition: .completed),
      ])
    var check = ComposeHealthCheck()
    check.interval = 90
    check.timeout = 1
    check.retries = 4
    check.startPeriod = 3601
    #expect(web.healthCheck == check)
    #expect(web.graceSeconds == 120)
    #expect(web.restart == "no")
    #expect(web.replicas == 3)
    #expect(web.stopsFirst)
    #expect(web.hasPreStopHook)
    #expect(model.service("b")?.healthCheck?.isDisabled == true)
    #expect(model.service("b")?.replicas == 2)
    #expect(model.service("c")?.healthCheck?.isDisabled == true)
    #expect(model.service("c")?.restart == "always")
    #expect(model.isAwaited("z"))
    #expect(!model.isAwaited("b"))
    #expect(ComposeModel.read(model.storedBytes) == model)
    #expect(!String(decoding: model.storedBytes, as: UTF8.self).contains("hidden"))
  }

  @Test(
    arguments: [
      ("1m30s", 90), ("40s", 40), ("500ms", 1), ("1h0m0s", 3600), ("1.5s", 2), ("90", 90),
      ("0s", 0),
      ("", nil), ("fast", nil), ("3x", nil), ("9999999999999h", nil),
    ] as [(String, Int?)])
  func `durations are whole seconds`(text: String, seconds: Int?) {
    #expect(ComposeDuration.seconds(text) == seconds)
  }

  @Test(arguments: ["$", "$$", "a$b", "$$$", "ü$\u{301}", "", "$a$$b$"])
  func `a dollar that is doubled comes back`(text: String) {
    let doubled = ComposeText.doubled(text)
    #expect(doubled.utf8.count { $0 == 0x24 } == 2 * text.utf8.count { $0 == 0x24 })
    #expect(Array(ComposeText.undoubled(doubled).utf8) == Array(text.utf8))
  }

  @Test func `an empty application has no services`() throws {
    #expect(try read("").services.isEmpty)
    #expect(try read("name: x\n").services.isEmpty)
  }

  @Test func `what is no YAML is an unexpected answer`() {
    let error = #expect(throws: TaskError.self) { try read("services: [\n") }
    #expect(error?.code == .unexpectedAnswer("docker compose"))
  }
}
