// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys of `backend`: which provider builds which service's image, and what each provider takes.
// Says nothing about what they do.

extension ProjectSchema {
  /// The `backend` section: which provider builds which service's image.
  static let backend = Schema.providers(
    [
      Schema.Field("generic", backendGeneric, "`docker build` with a Dockerfile"),
      Schema.Field("encore-ts", backendEncoreTS, "`encore build docker`"),
    ],
    beside: [
      Schema.Field(
        "service", .text,
        "the service whose image it builds: `backend` for generic, the image's name for encore-ts",
        example: "api")
    ])

  private static let backendGeneric = Schema.record([
    Schema.Field(
      "dev", .record(commandFields), "how it runs while you develop", arrivesWith: "dev"),
    Schema.Field(
      "build",
      .record([
        Schema.Field(
          "dockerfile", .path, "the Dockerfile; without it the one in the context",
          example: "api/Dockerfile"),
        Schema.Field(
          "context", .path, "the folder that is built; without it `dev.workdir`, else `.`",
          example: "api"),
      ]), "how its image is built"),
  ])

  private static let backendEncoreTS = Schema.record([
    Schema.Field(
      "dev",
      .record([
        Schema.Field("env_file", .path, "variables for it", example: ".env"),
        .required("listen", .text, "where it listens", example: "0.0.0.0:4000"),
        Schema.Field("workdir", .path, "the folder of the application", default: "."),
        Schema.Field("entrypoint", .text, "the file that it starts from", example: "./main.ts"),
        Schema.Field("disable_telemetry", .boolean, "whether Encore sends no telemetry"),
        Schema.Field(
          "node_extra_ca_certs", .text, "certificates that Node trusts too", example: "ca.pem"),
        Schema.Field(
          "encore_secrets",
          .record([
            Schema.Field("types", .list(.text), "which kinds of secrets", example: "[dev, local]"),
            Schema.Field(
              "from_env", .list(.variableName), "variables that become secrets",
              example: "[STRIPE_KEY]"),
          ]), "secrets of Encore"),
      ]), "how it runs while you develop", arrivesWith: "dev"),
    Schema.Field(
      "build",
      .record([
        Schema.Field(
          "workdir", .path, "the folder of the application; without it `dev.workdir`, else `.`",
          example: "api"),
        Schema.Field("image_name", .text, "the name of the image", default: "api"),
        Schema.Field(
          "docker_tag_suffix", .text, "what stands behind the version in the tag",
          example: "-arm64"),
      ]), "how its image is built"),
  ])

  /// How a program runs while you develop.
  static let commandFields = [
    Schema.Field.required(
      "command", .list(.text), "a program and its arguments", example: "[npm, run, dev]"),
    Schema.Field("workdir", .path, "where it runs", default: ".", example: "web"),
    Schema.Field("env", .variables, "variables that it gets", example: "{ PORT: 3000 }"),
  ]
}
