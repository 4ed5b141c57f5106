// SPDX-License-Identifier: AGPL-3.0-or-later
//
// An application that uses most of what a Compose file has, as an input of tests of what hosts get.

@testable import Tasks

/// Three services, with secrets, mounted files, networks and volumes.
enum RenderExample {
  private static let everything = """
    services:
      web:
        build: ./web
        command: ["serve", "$$HOME", "--token=${TOKEN}"]
        environment:
          URL: "http://${TOKEN}@api"
          PLAIN: one
          NOTHING:
        ports: ["8080:80"]
        volumes: ["data:/data", "./conf:/conf:ro", "/srv:/srv"]
        depends_on: {api: {condition: service_healthy}, db: {condition: service_started}}
        networks: {front: {aliases: [w]}}
        secrets: [key]
        configs: [{source: page, target: /page}]
        labels: {docker-rollout.pre-stop-hook: "sleep 1"}
        healthcheck: {test: [CMD, "true"], interval: 5s, timeout: 3s, retries: 5}
        stop_grace_period: 1m30s
        develop: {watch: [{path: ./web, action: rebuild}]}
      api:
        image: example/api:1
        networks: [front, back]
        deploy: {replicas: 2}
        env_file: api.env
      db:
        image: example/db:1
        networks: {back: {aliases: [database]}, front: }
        volumes: ["base:/base"]
    networks: {front: , back: {driver: bridge}}
    volumes: {data: , base: {name: precious}}
    secrets: {key: {file: ./key.txt}}
    configs: {page: {content: "hello ${TOKEN}"}}
    """

  /// The project: paths and texts.
  static let files = [
    "compose.yaml": everything, "api.env": "A='1 2'\nB=$$x\n", "conf/a.conf": "a",
    "conf/sub/b.conf": "b", "key.txt": "hidden\n", "web/Dockerfile": "FROM scratch\n",
  ]

  /// What is asked for one host, whose other services are elsewhere.
  static var request: RenderFixture.Request {
    var request = RenderFixture.Request()
    request.variables = ["TOKEN": "s3cret$value"]
    request.secrets = ["TOKEN"]
    request.images = ["web": "r.example/web@sha256:aa"]
    request.services = ["web", "api"].map {
      ServiceRollout($0, choice: StrategyChoice(.rolling))
    }
    request.addresses = ["db": ["10.0.0.3", "10.0.0.4"], "api": ["10.0.0.1"]]
    return request
  }
}
