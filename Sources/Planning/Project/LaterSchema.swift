// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys of sections that are checked to the last key and kept as read, since the commands that they
// are for come later. Says nothing about what they do.

extension ProjectSchema {
  /// Sections without effect yet, each with the command that it arrives with.
  static let later = [
    Schema.Field("frontend", frontend, "how the front end runs", arrivesWith: "dev"),
    Schema.Field("dev", dev, "the local address of the application", arrivesWith: "dev"),
    Schema.Field("cloud", cloud, "where hosts come from", arrivesWith: "infra up"),
    Schema.Field("infra", infra, "how a new host is prepared", arrivesWith: "infra up"),
    Schema.Field("ci", ci, "the workflow that a CI runs", arrivesWith: "ci init"),
    Schema.Field("secrets", secrets, "where secrets are kept", arrivesWith: "secrets sync"),
    Schema.Field(
      "terraform", terraform, "a Terraform configuration beside", arrivesWith: "infra up"),
  ]

  private static let frontend = Schema.providers([
    Schema.Field("generic", frontendCommand, "any command"),
    Schema.Field("generic-dev-command", frontendCommand, "any command, under its older name"),
    Schema.Field("vite", frontendCommand, "Vite"),
  ])

  private static let frontendCommand = Schema.record([
    Schema.Field(
      "dev",
      .record(
        commandFields + [
          Schema.Field(
            "ready_pattern", .text, "what it writes once it is ready", example: "ready in"),
          Schema.Field(
            "shutdown",
            .record([
              Schema.Field(
                "signal", .oneOf(["SIGINT", "SIGTERM", "SIGKILL"]), "what ends it"),
              Schema.Field(
                "timeout_ms", .integer(minimum: 0, maximum: nil),
                "milliseconds until it is killed", example: "5000"),
            ]), "how it is stopped"),
        ]), "how it runs while you develop")
  ])

  private static let dev = Schema.record([
    Schema.Field(
      "domains",
      .record([
        Schema.Field("frontend", .text, "the name of the front end", example: "app.localdev.test"),
        Schema.Field("backend", .text, "the name of the backend", example: "api.localdev.test"),
      ]), "names that lead to this machine")
  ])

  private static let cloud = Schema.providers([
    Schema.Field(
      "digitalocean",
      .record([
        .required("token_env", .variableName, "the variable with the token", example: "DO_TOKEN"),
        .required("ssh_key_name", .text, "the ssh key of new hosts", example: "laptop"),
        Schema.Field("default_region", .text, "where hosts are made", example: "fra1"),
        Schema.Field("default_size", .text, "how large they are", example: "s-1vcpu-1gb"),
        Schema.Field("regions", .list(.text), "regions that may be used", example: "[fra1]"),
        Schema.Field("sizes", .list(.text), "sizes that may be used", example: "[s-1vcpu-1gb]"),
        Schema.Field(
          "hosts",
          .names(
            .names(
              .record([
                .required("role", .text, "its role", example: "front"),
                Schema.Field("size", .text, "its size", example: "s-2vcpu-2gb"),
                Schema.Field("region", .text, "its region", example: "ams3"),
              ]))), "hosts by environment and name"),
      ]), "DigitalOcean, through its command line program")
  ])

  private static let infra = Schema.record([
    Schema.Field(
      "bootstrap",
      .record([
        Schema.Field("ssh_user", .text, "who logs in first", example: "root"),
        Schema.Field(
          "ssh",
          .record([
            Schema.Field("user", .text, "who logs in", example: "root"),
            Schema.Field("privateKeyPath", .text, "the key", example: "~/.ssh/id_ed25519"),
            Schema.Field("port", .port, "the port", default: "22"),
            Schema.Field("knownHostsFile", .text, "where host keys are known from"),
            Schema.Field("extraArgs", .list(.text), "more arguments of ssh", example: "[\"-v\"]"),
          ]), "how the host is reached"),
        Schema.Field(
          "docker",
          .record([
            Schema.Field("enabled", .boolean, "whether an engine is installed"),
            Schema.Field("installMethod", .oneOf(["apt", "script", "skip"]), "how"),
            Schema.Field("version", .text, "which one", example: "\"26\""),
          ]), "the engine"),
        Schema.Field(
          "network",
          .record([Schema.Field("provider", .text, "which network it joins", example: "tailscale")]
          ),
          "the network between hosts"),
      ]), "what is done to a new host")
  ])

  private static let ci = Schema.providers([
    .init(
      "github",
      .record([
        .init(
          "workflow_file", .path, "the workflow", example: ".github/workflows/deploy.yml"),
        .init("token_env", .variableName, "the variable with a token", example: "GH_TOKEN"),
      ]), "GitHub Actions, through `gh`")
  ])

  private static let secrets = Schema.providers([
    .init(
      "envfile",
      .record([
        .init("source_file", .path, "where they are read", example: ".env"),
        .init("target_file", .path, "where they are written", example: ".env.prod"),
      ]), "files of variables"),
    .init(
      "encore",
      .record([
        .init("types", .list(.text), "which kinds of secrets", example: "[dev]"),
        .init("from_env", .list(.variableName), "variables that become secrets"),
      ]), "secrets of Encore"),
  ])

  private static let terraform = Schema.record([
    .init("enabled", .boolean, "whether it is used"),
    .init("root", .path, "the folder of the configuration", example: "infra"),
    .init("terraform_version", .text, "which Terraform", example: "\"1.9\""),
    .init("workspace", .text, "which workspace", example: "prod"),
    .init("var_files", .list(.text), "files of variables", example: "[\"prod.tfvars\"]"),
    .init("vars", .names(.any), "variables"),
    .init("env", .variables, "variables of the process", example: "{ TF_LOG: debug }"),
    .init(
      "backend",
      .record([
        .init("mode", .oneOf(["repo", "override"]), "whose backend counts"),
        .init("override", .any, "the backend to use instead"),
      ]), "where its state is"),
    .init(
      "outputs_contract",
      .record([
        .init("mode", .oneOf(["strict", "best-effort"]), "what a missing output means"),
        .init("required", .list(.text), "outputs that must be there"),
      ]), "outputs that are read"),
  ])
}
