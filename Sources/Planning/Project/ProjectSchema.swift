// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Every key at the top of stagecraft.yml, and the sections that are small. Sections of some size have
// files of their own beside this one. Says nothing about what a section does.

import Tasks

/// What stagecraft.yml may hold.
enum ProjectSchema {
  /// Every key at the top of the file; `x-…` may stand there too.
  static let file =
    [
      Schema.Field.required(
        "project", .apart(.record(project)),
        "what the application is called and where its images go",
        example: """
          project:
            name: shop
            registry: registry.example.com/team
          """),
      Schema.Field(
        "compose", composeFiles,
        "the Compose file, or several of which each is merged over those before it; without it the one that "
          + "Compose finds beside this file, with its override where the driver is `local`",
        example: "compose: deploy/docker-compose.yml"),
      images,
      Schema.Field(
        "cache", .apart(.record(cache)), "the store of results that all your projects share",
        example: """
          cache:
            size: 10GB
          """),
      Schema.Field(
        "pools", .apart(.names(.integer(minimum: 1, maximum: nil))),
        "how many tasks of a pool run at once; `cpu`, `engine` and `registry` are there without being "
          + "declared",
        example: """
          pools:
            cpu: 2
            browser: 1
          """),
      Schema.Field(
        "environments",
        .apart(
          .names(.record(environment, others: .record(serviceOverride)))),
        "where the application runs, each under the name that `--env` chooses",
        example: """
          environments:
            dev: { driver: local }
            prod:
              driver: ssh
              env_file: .env.prod
              rollout: { canary: 1, batch: 25%, on_failure: rollback }
              secrets: [SESSION_KEY]
              cdn: { mode: external, url: "https://cdn.example.com" }
          """),
      Schema.Field(
        "tasks", .apart(.names(task)), "work of your own, in the same graph as the images",
        example: """
          tasks:
            assets:
              run: ["npm", "run", "build"]
              dir: web
              inputs: ["src/**", "package.json"]
              outputs: ["dist/**"]
              env: [NODE_ENV]
            smoke:
              run: curl -fsS https://shop.example.com/health
              after: rollout
          """),
      Schema.Field(
        "services", .apart(.names(.record(service + [serviceNeeds]))),
        "what Compose does not know of its services: where they run and how they are replaced",
        example: """
          services:
            web: { role: front, pre_stop: ["touch", "/tmp/drain"], drain: 2s }
            postgres: { role: data }
          """),
      Schema.Field(
        "backend", backend, "a service whose image a provider builds, without `build:` in Compose",
        example: """
          backend:
            provider: generic
            providers:
              generic:
                build: { context: api, dockerfile: api/Dockerfile }
          """),
      Schema.Field(
        "hosts", .apart(hosts), "the hosts of every environment that has none of its own, by role",
        example: """
          hosts:
            front: [web-1, web-2]
            data: ["deploy@10.0.0.5"]
          """),
      Schema.Field(
        "databases", .names(database), "the databases that have migrations",
        example: """
          databases:
            main:
              connection_env: DATABASE_URL
              migrations: { engine: raw, path: migrations, service: postgres }
          """),
      Schema.Field(
        "migrations", migrations, "what holds for the migrations of every database",
        example: """
          migrations:
            default_engine: raw
            sources: { raw_sql_dir: migrations }
          """),
      Schema.Field(
        "network", network, "how services reach each other across hosts",
        example: """
          network:
            provider: static
            providers:
              static:
                addresses: { web-1: 10.0.0.1, web-2: 10.0.0.2 }
          """),
    ] + later

  /// Sections that are checked and kept, and have no effect yet.
  static let kept = file.filter { $0.arrivesWith != nil }

  /// The name of every key at the top of the file.
  static let topLevel = file.map(\.name)

  // MARK: small sections

  /// One file, or several that are merged in their order.
  static let composeFiles = Schema.apart(.choice([.path, .set(.path, minimum: 1)]))

  /// What is done about images that others make; at the top and in an environment.
  static let images = Schema.Field(
    "images", .oneOf(ImagePolicy.allCases.map(\.rawValue)),
    "of images that others make: `keep` runs the digest that was deployed first until the name changes "
      + "or `--update-images` asks, `follow` what the registry has at each deploy, `off` the name alone",
    default: ImagePolicy.keep.rawValue)

  /// The keys of `project`.
  static let project = [
    Schema.Field.required(
      "name", .name, "the name of the application: of its Compose project and of its images",
      example: "shop"),
    Schema.Field(
      "registry", .text,
      "where images are pushed; without one they go to hosts over ssh",
      example: "registry.example.com/team"),
  ]

  /// The keys of `cache`.
  static let cache = [
    Schema.Field(
      "size", .size,
      "how large it may grow before what was unused longest goes; by default 10GB, or less on a "
        + "small disk", example: "2GiB")
  ]
}
