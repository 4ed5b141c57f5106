// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys of every section that is kept as read: names, kinds and what is required. Says nothing
// about what a section does.

/// The schemas of stagecraft.yml, beyond those that readers of their own decode.
enum ProjectSchema {
  /// A section that is checked and kept, and the command that will give it a meaning.
  struct Kept: Sendable {
    /// The top-level key.
    let name: String
    /// What it may hold.
    let schema: Schema
    /// The command it arrives with.
    let arrivesWith: String
  }

  /// Sections without effect yet.
  static let kept = [
    Kept(name: "frontend", schema: frontend, arrivesWith: "dev"),
    Kept(name: "dev", schema: dev, arrivesWith: "dev"),
    Kept(name: "cloud", schema: cloud, arrivesWith: "infra up"),
    Kept(name: "infra", schema: infra, arrivesWith: "infra up"),
    Kept(name: "ci", schema: ci, arrivesWith: "ci init"),
    Kept(name: "secrets", schema: secrets, arrivesWith: "secrets sync"),
    Kept(name: "terraform", schema: terraform, arrivesWith: "infra up"),
  ]

  /// Every key at the top of the file.
  static let topLevel =
    [
      "project", "compose", "cache", "pools", "environments", "tasks", "services", "backend",
      "hosts", "databases", "migrations", "network",
    ] + kept.map(\.name)

  // MARK: providers of the backend

  /// The `backend` section: which provider builds which service's image.
  static let backend = Schema.providers(
    [Schema.Field("generic", backendGeneric), Schema.Field("encore-ts", backendEncoreTS)],
    beside: [Schema.Field("service", .text)])

  private static let backendGeneric = Schema.record([
    Schema.Field("dev", .record(commandFields)),
    Schema.Field(
      "build", .record([Schema.Field("dockerfile", .path), Schema.Field("context", .path)])),
  ])

  private static let backendEncoreTS = Schema.record([
    Schema.Field(
      "dev",
      .record([
        Schema.Field("env_file", .path), .required("listen", .text),
        Schema.Field("workdir", .path), Schema.Field("entrypoint", .text),
        Schema.Field("disable_telemetry", .boolean), Schema.Field("node_extra_ca_certs", .text),
        Schema.Field(
          "encore_secrets",
          .record([
            Schema.Field("types", .list(.text)), Schema.Field("from_env", .list(.variableName)),
          ])),
      ])),
    Schema.Field(
      "build",
      .record([
        Schema.Field("workdir", .path), Schema.Field("image_name", .text),
        Schema.Field("docker_tag_suffix", .text),
      ])),
  ])

  private static let commandFields = [
    Schema.Field.required("command", .list(.text)), Schema.Field("workdir", .path),
    Schema.Field("env", .variables),
  ]

  // MARK: sections of later commands

  private static let frontend = Schema.providers([
    Schema.Field("generic", frontendCommand), Schema.Field("generic-dev-command", frontendCommand),
    Schema.Field("vite", frontendCommand),
  ])

  private static let frontendCommand = Schema.record([
    Schema.Field(
      "dev",
      .record(
        commandFields + [
          Schema.Field("ready_pattern", .text),
          Schema.Field(
            "shutdown",
            .record([
              Schema.Field("signal", .oneOf(["SIGINT", "SIGTERM", "SIGKILL"])),
              Schema.Field("timeout_ms", .integer(minimum: 0, maximum: nil)),
            ])),
        ]))
  ])

  private static let dev = Schema.record([
    Schema.Field(
      "domains", .record([Schema.Field("frontend", .text), Schema.Field("backend", .text)]))
  ])

  private static let cloud = Schema.providers([
    Schema.Field(
      "digitalocean",
      .record([
        .required("token_env", .variableName), .required("ssh_key_name", .text),
        Schema.Field("default_region", .text), Schema.Field("default_size", .text),
        Schema.Field("regions", .list(.text)), Schema.Field("sizes", .list(.text)),
        Schema.Field(
          "hosts",
          .names(
            .names(
              .record([
                .required("role", .text), Schema.Field("size", .text),
                Schema.Field("region", .text),
              ])))),
      ]))
  ])

  private static let infra = Schema.record([
    Schema.Field(
      "bootstrap",
      .record([
        Schema.Field("ssh_user", .text),
        Schema.Field(
          "ssh",
          .record([
            Schema.Field("user", .text), Schema.Field("privateKeyPath", .text),
            Schema.Field("port", .port), Schema.Field("knownHostsFile", .text),
            Schema.Field("extraArgs", .list(.text)),
          ])),
        Schema.Field(
          "docker",
          .record([
            Schema.Field("enabled", .boolean),
            Schema.Field("installMethod", .oneOf(["apt", "script", "skip"])),
            Schema.Field("version", .text),
          ])),
        Schema.Field("network", .record([Schema.Field("provider", .text)])),
      ]))
  ])

  private static let migrationFields = [
    Schema.Field("enabled", .boolean), .init("default_engine", engine),
    .init("sources", .record([.init("raw_sql_dir", .path)])),
    .init(
      "engine_config",
      .record([
        .init(
          "raw",
          .record([.init("dialect", .oneOf(["postgres"])), .init("schema_table", .text)]))
      ])),
  ]

  /// The `migrations` section: what databases have in common.
  static let migrations = Schema.record(
    migrationFields + [.init("env", .names(.record(migrationFields)))])

  private static let ci = Schema.providers([
    .init(
      "github",
      .record([.init("workflow_file", .path), .init("token_env", .variableName)]))
  ])

  private static let secrets = Schema.providers([
    .init("envfile", .record([.init("source_file", .path), .init("target_file", .path)])),
    .init(
      "encore",
      .record([.init("types", .list(.text)), .init("from_env", .list(.variableName))])),
  ])

  private static let terraform = Schema.record([
    .init("enabled", .boolean), .init("root", .path), .init("terraform_version", .text),
    .init("workspace", .text), .init("var_files", .list(.text)), .init("vars", .names(.any)),
    .init("env", .variables),
    .init(
      "backend", .record([.init("mode", .oneOf(["repo", "override"])), .init("override", .any)])),
    .init(
      "outputs_contract",
      .record([
        .init("mode", .oneOf(["strict", "best-effort"])), .init("required", .list(.text)),
      ])),
  ])
}
