// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The keys of a task of the user. Says nothing about what they do.

extension ProjectSchema {
  /// An entry of `tasks`.
  static let task = Schema.record(taskFields, exclusive: ["before", "after"])

  /// The keys of a task.
  static let taskFields = [
    Schema.Field.required(
      "run", .command, "what runs: a list is a program and its arguments, a text is run by `sh -c`",
      example: "[\"npm\", \"run\", \"build\"]"),
    Schema.Field(
      "dir", .path, "where it runs, and where its patterns start", default: ".", example: "web"),
    Schema.Field(
      "inputs", .list(.pattern(allowsExclusion: true)),
      "paths and globs that it reads; `!pattern` takes away from those before it",
      example: "[\"src/**\", \"!src/**/*.md\"]"),
    Schema.Field(
      "outputs", .list(.pattern(allowsExclusion: false)),
      "paths and globs that it writes: kept in the cache, brought back where they are gone",
      example: "[\"dist/**\"]"),
    Schema.Field(
      "env", .choice([.set(.variableEntry), .variables]),
      "variables that it sees, and no others; a name without a value is passed through",
      example: "[NODE_ENV, \"CI=1\"]"),
    Schema.Field("needs", .set(.text), "tasks that end before it starts", example: "[codegen]"),
    Schema.Field(
      "timeout", .duration(allowZero: false),
      "how long it may take; without it, as long as it takes",
      example: "10m"),
    Schema.Field(
      "retries", .integer(minimum: 0, maximum: nil), "how often it is tried again", default: "0",
      example: "2"),
    Schema.Field("pool", .text, "the pool that it counts in", default: "cpu", example: "browser"),
    Schema.Field(
      "before", .oneOf(DeployPhase.allCases.map(\.rawValue)),
      "the phase that it runs before, in every run of `on` that changes something",
      example: "rollout"),
    Schema.Field(
      "after", .oneOf(DeployPhase.allCases.map(\.rawValue)),
      "the phase that it runs after, in every run of `on` that changes something",
      example: "rollout"),
    Schema.Field(
      "on", .set(.oneOf(TaskDefinition.Hook.Run.allCases.map(\.rawValue)), minimum: 1),
      "the runs that a task with `before` or `after` is part of", default: "[deploy]",
      example: "[deploy, rollback, undo]"),
  ]
}
