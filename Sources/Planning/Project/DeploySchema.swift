// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys that say where an application runs and how it gets there: environments, services,
// databases, the network. Says nothing about what they do.

import Tasks

extension ProjectSchema {
  /// The keys of an environment that the schema checks; `hosts`, `services` and `secrets` have readers
  /// of their own, and any other key is a service of the Compose file.
  static let environment = [
    Schema.Field.required("driver", .text), Schema.Field("env_file", .path),
    Schema.Field("rollout", .record(rollout)), Schema.Field("keep_releases", atLeastOne),
    Schema.Field("lock_wait", .duration(allowZero: true)), Schema.Field("hosts", .any),
    Schema.Field("services", .any), Schema.Field("secrets", .any),
    Schema.Field("postgres_volume", .text), Schema.Field("postgres_init_scripts", .text),
    Schema.Field("redis_volume", .text), Schema.Field("db_port_publish", .emptiableText),
    Schema.Field("redis_port_publish", .emptiableText), Schema.Field("traefik", traefik),
    Schema.Field("databases", .names(database)),
  ]

  /// How running containers are replaced, as people may choose it.
  static let strategies = [
    ReleasedService.Strategy.rolling, .recreate, .dockerRollout,
  ].map(\.rawValue)

  /// The keys of a service that say where and how it runs.
  static let service = [
    Schema.Field("role", .text), Schema.Field("strategy", .oneOf(strategies)),
    Schema.Field("replicas", atLeastOne), Schema.Field("drain", .duration(allowZero: true)),
    Schema.Field("pre_stop", .command),
    Schema.Field("health_timeout", .duration(allowZero: false)),
  ]

  /// What an environment may say about a service by a key of its own.
  static let serviceOverride = [
    Schema.Field.required("mode", .oneOf(["external", "container"])), Schema.Field("url", .text),
  ]

  /// An entry of `databases`, at the top or in an environment.
  static let database = Schema.record([
    Schema.Field("connection_env", .variableName),
    Schema.Field(
      "migrations",
      .record([Schema.Field("engine", engine), Schema.Field("path", .path)] + migration)),
  ])

  /// The `network` section; `static` needs nothing but addresses.
  static let network = Schema.providers([
    Schema.Field("static", .record([.required("addresses", .any)])),
    Schema.Field("tailscale", mesh), Schema.Field("headscale", mesh),
  ])

  private static let atLeastOne = Schema.integer(minimum: 1, maximum: nil)

  private static let rollout = [
    Schema.Field("enabled", .boolean), Schema.Field("strategy", .oneOf(strategies)),
    Schema.Field("batch", .share), Schema.Field("canary", .share),
    Schema.Field("max_failures", .integer(minimum: 0, maximum: nil)),
    Schema.Field(
      "on_failure", .oneOf(RolloutSettings.FailureResponse.allCases.map(\.rawValue))),
    Schema.Field("pause", .duration(allowZero: true)),
  ]

  /// What reads migrations.
  static let engine = Schema.oneOf(["raw"])

  private static let migration = [
    Schema.Field(
      "strategy", .oneOf(DatabaseSettings.Strategy.allCases.map(\.rawValue))),
    Schema.Field("service", .text), Schema.Field("table", .text),
    Schema.Field("timeout", .duration(allowZero: false)),
  ]

  private static let traefik = Schema.record([
    Schema.Field("mode", .oneOf(["mkcert", "acme"])), Schema.Field("mkcert_cert_dir", .text),
    Schema.Field("dynamic_config_dir", .text), Schema.Field("acme_email_env", .variableName),
    Schema.Field("acme_storage", .text), Schema.Field("dashboard_auth", .oneOf(["basic", "none"])),
    Schema.Field("hsts", .boolean), Schema.Field("cors_for_logto", .boolean),
  ])

  private static let mesh = Schema.record([
    .required("auth_key_env", .variableName), .required("tailnet_domain", .text),
    Schema.Field("default_tags", .list(.text)), Schema.Field("role_tags", .names(.list(.text))),
    Schema.Field(
      "install",
      .record([
        Schema.Field("method", .oneOf(["auto", "skip"])), Schema.Field("min_version", .text),
      ])),
  ])
}
