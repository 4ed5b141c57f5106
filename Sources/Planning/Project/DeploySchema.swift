// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys that say where an application runs and how it gets there: environments, services,
// databases, the network. Says nothing about what they do.

import Tasks

extension ProjectSchema {
  /// The keys of an environment; any other key is a service of the Compose file.
  static let environment = [
    Schema.Field.required(
      "driver", .text,
      "`local` for this machine's engine as the one host, anything else for hosts over ssh",
      example: "ssh"),
    Schema.Field(
      "env_file", .path,
      "an env file with values for Compose; goes to the hosts, readable by one user",
      example: ".env.prod"),
    Schema.Field(
      "compose", composeFiles, "its Compose files, in place of `compose` at the top",
      example: "[compose.yaml, compose.prod.yaml]"),
    Schema.Field(
      "profiles", .set(.text),
      "the profiles of Compose whose services run, in place of `COMPOSE_PROFILES`",
      example: "[worker]"),
    Schema.Field(
      "compose_project", .text,
      "the Compose project on its hosts, where one is to be taken over; `<project>-<environment>`",
      example: "shop"),
    images,
    Schema.Field("rollout", .record(rollout), "how a deploy goes over the hosts"),
    Schema.Field("keep_releases", atLeastOne, "how many releases stay on a host", default: "5"),
    Schema.Field(
      "lock_wait", .duration(allowZero: true),
      "how long a deploy waits for somebody else's to end", default: "0s", example: "10m"),
    Schema.Field(
      "hosts", .apart(hosts), "its hosts by role, in place of those at the top",
      example: "{ front: [stage-1] }"),
    Schema.Field(
      "services", .apart(.names(.record(service))),
      "settings of services that count here, laid over those at the top",
      example: "{ web: { replicas: 2 } }"),
    Schema.Field(
      "secrets", .apart(secretSources),
      "variables whose values are secret, with where they come from", example: "[SESSION_KEY]"),
    Schema.Field(
      "postgres_volume", .text, "the volume of the service `postgres`", example: "pg-data"),
    Schema.Field(
      "postgres_init_scripts", .text, "the folder of scripts that a new PostgreSQL runs",
      example: "./db/init"),
    Schema.Field("redis_volume", .text, "the volume of the service `redis`", example: "redis-data"),
    Schema.Field(
      "db_port_publish", .emptiableText, "where PostgreSQL is published; empty for nowhere",
      example: "\"127.0.0.1:5432\""),
    Schema.Field(
      "redis_port_publish", .emptiableText, "where Redis is published; empty for nowhere",
      example: "\"127.0.0.1:6379\""),
    Schema.Field("traefik", traefik, "the reverse proxy", arrivesWith: "infra up"),
    Schema.Field(
      "databases", .names(databaseOverride), "what is said differently of a database",
      example: "{ main: { migrations: { strategy: manual } } }"),
  ]

  /// How running containers are replaced, as people may choose it.
  static let strategies = [
    ReleasedService.Strategy.rolling, .recreate, .dockerRollout,
  ].map(\.rawValue)

  /// The keys of a service that say where and how it runs.
  static let service = [
    Schema.Field(
      "role", .text, "whose hosts it runs on; may be left out where there is one role or one host",
      example: "front"),
    Schema.Field(
      "strategy", .oneOf(strategies),
      "how its containers are replaced; by default new beside old where the service allows it"),
    Schema.Field("replicas", atLeastOne, "containers on each host", example: "2"),
    Schema.Field(
      "drain", .duration(allowZero: true), "time between the pre-stop hook and stopping",
      example: "2s"),
    Schema.Field(
      "pre_stop", .command, "runs in an old container before it is stopped",
      example: "[\"touch\", \"/tmp/drain\"]"),
    Schema.Field(
      "health_timeout", .duration(allowZero: false),
      "how long a new container may take to become healthy", example: "90s"),
  ]

  /// What only a service at the top may say; environments change nothing in the graph of tasks.
  static let serviceNeeds = Schema.Field(
    "needs", .apart(.set(.text)),
    "tasks that end before its image is built or, without `build:`, before its files are read",
    example: "[assets]")

  /// What an environment may say about a service by a key of its own.
  static let serviceOverride = [
    Schema.Field.required(
      "mode", .oneOf(["external", "container"]), "whether it runs elsewhere, or here as usual"),
    Schema.Field("url", .text, "where it is", example: "https://cdn.example.com"),
  ]

  /// Hosts by role.
  static let hosts = Schema.keyed(.name, .set(.host, minimum: 1))

  /// The keys of a secret that does not come from the variable of its own name.
  static let secretFields = [
    Schema.Field(
      "command", .arguments, "a program whose output is the value",
      example: "[\"pass\", \"shop/session\"]"),
    Schema.Field("env", .variableName, "the variable that holds the value", example: "CI_SESSION"),
  ]

  private static let secretSources = Schema.choice([
    .set(.variableName),
    .keyed(
      .variable, .choice([.record(secretFields, exclusive: ["command", "env"]), .nothing])),
  ])

  /// An entry of `databases`; the section `migrations` may say what it leaves out.
  static let database = Schema.record(
    databaseFields, pairs: ["migrations": "connection_env"])

  private static let databaseOverride = Schema.record(databaseFields)

  private static let databaseFields = [
    connection,
    Schema.Field(
      "migrations",
      .record(
        [
          Schema.Field(
            "engine", engine, "what reads the migrations; or `migrations.default_engine`"),
          Schema.Field(
            "path", .path, "the folder of migrations; or `migrations.sources.raw_sql_dir`",
            example: "migrations"),
        ] + migration), "its migrations"),
  ]

  private static let connection = Schema.Field(
    "connection_env", .variableName, "the variable with the URL of its connection",
    example: "DATABASE_URL")

  /// The `network` section; `static` needs nothing but addresses.
  static let network = Schema.providers([
    Schema.Field(
      "static",
      .record([
        .required(
          "addresses", .apart(.keyed(.host, .text)), "the IP address of each host",
          example: "{ web-1: 10.0.0.1 }")
      ]), "addresses that do not change"),
    Schema.Field("tailscale", mesh, "Tailscale", arrivesWith: "infra up"),
    Schema.Field("headscale", mesh, "Headscale", arrivesWith: "infra up"),
  ])

  private static let atLeastOne = Schema.integer(minimum: 1, maximum: nil)

  private static let rollout = [
    Schema.Field("enabled", .boolean, "`true` is `strategy: docker-rollout`", default: "false"),
    Schema.Field("strategy", .oneOf(strategies), "of services that choose none"),
    Schema.Field(
      "batch", .share, "how many hosts are deployed to at once; without it all of them",
      example: "25%"),
    Schema.Field(
      "canary", .share, "how many hosts come first, alone; without it none", example: "1"),
    Schema.Field(
      "max_failures", .integer(minimum: 0, maximum: nil),
      "how many hosts may fail before the rollout stops", default: "0"),
    Schema.Field(
      "on_failure", .oneOf(RolloutSettings.FailureResponse.allCases.map(\.rawValue)),
      "whether hosts that were changed stay so or are brought back",
      default: RolloutSettings().onFailure.rawValue),
    Schema.Field(
      "pause", .duration(allowZero: true), "time between two waves", default: "0s", example: "30s"),
  ]

  /// What reads migrations.
  static let engine = Schema.oneOf(["raw"])

  private static let migration = [
    Schema.Field(
      "strategy", .oneOf(DatabaseSettings.Strategy.allCases.map(\.rawValue)),
      "when they run: before or after services are replaced, or only by `stagecraft migrate`",
      default: DatabaseSettings.Strategy.preDeploy.rawValue),
    Schema.Field(
      "service", .text, "the service in whose image `psql` runs; without it, your own `psql`",
      example: "postgres"),
    Schema.Field(
      "table", .text, "the table that says which have run", default: DatabaseSettings.defaultTable),
    Schema.Field(
      "timeout", .duration(allowZero: false), "how long one migration may take", example: "5m"),
  ]

  private static let traefik = Schema.record([
    Schema.Field("mode", .oneOf(["mkcert", "acme"]), "where certificates come from"),
    Schema.Field("mkcert_cert_dir", .text, "the folder of mkcert's certificates"),
    Schema.Field("dynamic_config_dir", .text, "the folder of its own configuration"),
    Schema.Field(
      "acme_email_env", .variableName, "the variable with the address for ACME",
      example: "ACME_EMAIL"),
    Schema.Field("acme_storage", .text, "where it keeps certificates"),
    Schema.Field("dashboard_auth", .oneOf(["basic", "none"]), "who may see its dashboard"),
    Schema.Field("hsts", .boolean, "whether browsers are told to stay with TLS"),
    Schema.Field("cors_for_logto", .boolean, "whether Logto may call across origins"),
  ])

  private static let mesh = Schema.record([
    .required(
      "auth_key_env", .variableName, "the variable with the key that hosts join with",
      example: "TS_AUTHKEY"),
    .required("tailnet_domain", .text, "the domain of the network", example: "example.ts.net"),
    Schema.Field("default_tags", .list(.text), "tags of every host", example: "[\"tag:shop\"]"),
    Schema.Field(
      "role_tags", .names(.list(.text)), "tags of the hosts of a role",
      example: "{ front: [\"tag:web\"] }"),
    Schema.Field(
      "install",
      .record([
        Schema.Field("method", .oneOf(["auto", "skip"]), "whether it is installed"),
        Schema.Field("min_version", .text, "the oldest that will do", example: "\"1.60\""),
      ]), "how it gets onto hosts"),
  ])
}
