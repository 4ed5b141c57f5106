// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The environment variables that the program reads or sets, with what each is for. A list for pages
// and manual; what a variable does is decided where it is read.

/// An environment variable with a meaning to the program.
struct KnownVariable: Sendable, Hashable {
  let name: String
  /// What it is for: a clause in lower case.
  let about: String

  /// Read by the program.
  static let read = [
    KnownVariable(name: "STAGECRAFT_ENV", about: "the environment, as `--env`"),
    KnownVariable(name: "STAGECRAFT_CONFIG", about: "the project file, as `--config`"),
    KnownVariable(name: "STAGECRAFT_VERBOSE", about: "`1` says more, as `--verbose`"),
    KnownVariable(name: "STAGECRAFT_DRY_RUN", about: "`1` changes nothing, as `--dry-run`"),
    KnownVariable(
      name: "NO_COLOR", about: "no colours, whatever its value; so does STAGECRAFT_NO_COLOR"),
    KnownVariable(name: "STAGECRAFT_NO_COLOR", about: "no colours, whatever its value"),
    KnownVariable(
      name: "STAGECRAFT_CACHE_DIR",
      about: "where results are kept instead of `$XDG_CACHE_HOME/stagecraft`"),
    KnownVariable(
      name: "STAGECRAFT_CACHE_SALT",
      about: "any text: results made under another one do not count"),
    KnownVariable(
      name: "STAGECRAFT_STATE_FILE",
      about: "the local copy of the release history instead of `.stagecraft/releases.json`"),
    KnownVariable(
      name: "STAGECRAFT_SSH_TIMEOUT", about: "seconds until a host counts as silent; 10"),
    KnownVariable(
      name: "STAGECRAFT_SSH_RECONNECT",
      about:
        "seconds for which a host that falls silent while a step works there is asked again; 60"),
    KnownVariable(
      name: "STAGECRAFT_SECRET_KEY",
      about:
        "a text of 32 characters or more that digests of secrets are made with, instead of a key of "
        + "this machine: the same where plans are made and where they are applied"),
    KnownVariable(
      name: "STAGECRAFT_PROGRESS", about: "how a run is shown, as `--progress`"),
    KnownVariable(
      name: "OTEL_EXPORTER_OTLP_ENDPOINT",
      about: "where spans of runs are sent over OTLP/HTTP; nothing is sent without it"),
    KnownVariable(
      name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", about: "the same, for traces alone"),
    KnownVariable(
      name: "OTEL_RESOURCE_ATTRIBUTES", about: "`name=value` pairs that every span carries"),
    KnownVariable(name: "OTEL_SERVICE_NAME", about: "the name of the service in spans"),
    KnownVariable(name: "OTEL_SDK_DISABLED", about: "`true` sends no spans"),
    KnownVariable(name: "OTEL_TRACES_EXPORTER", about: "`none` sends no spans"),
    KnownVariable(name: "OTEL_TRACES_SAMPLER", about: "`always_off` sends no spans"),
    KnownVariable(
      name: "CI", about: "set by CI systems: plain lines instead of a live display"),
    KnownVariable(
      name: "XDG_CACHE_HOME", about: "where the cache lies; `~/.cache` where it is not set"),
    KnownVariable(
      name: "XDG_STATE_HOME",
      about: "where the driver `local` deploys to; `~/.local/state` where it is not set"),
    KnownVariable(
      name: "XDG_DATA_HOME",
      about: "where the key is that digests of secrets are made with; `~/.local/share`"),
  ]

  /// Set for hooks: tasks that run before or after a phase.
  static let given = [
    KnownVariable(
      name: "STAGECRAFT_KIND", about: "the run: `deploy`, `rollback`, `undo` or `migrate`"),
    KnownVariable(name: "STAGECRAFT_ENV", about: "the environment that it is about"),
    KnownVariable(name: "STAGECRAFT_BY", about: "who runs it: `user@machine`"),
    KnownVariable(
      name: "STAGECRAFT_STATUS", about: "`running`, or `done` once every host has what is new"),
    KnownVariable(name: "STAGECRAFT_HOSTS", about: "the hosts that are changed"),
    KnownVariable(
      name: "STAGECRAFT_SERVICES", about: "the services that are changed on any of them"),
    KnownVariable(name: "STAGECRAFT_RELEASE", about: "the release that is being made"),
    KnownVariable(name: "STAGECRAFT_PREVIOUS_RELEASE", about: "the newest release before it"),
    KnownVariable(name: "STAGECRAFT_VERSION", about: "the version of the release"),
    KnownVariable(name: "STAGECRAFT_COMMIT", about: "its commit"),
    KnownVariable(name: "STAGECRAFT_PREVIOUS_COMMIT", about: "that of the release before it"),
    KnownVariable(
      name: "STAGECRAFT_DATABASE", about: "of `stagecraft migrate`: the database"),
    KnownVariable(
      name: "STAGECRAFT_DATA", about: "a file with all of this and the images of hosts, as JSON"),
    KnownVariable(
      name: "STAGECRAFT_LOCK_TOKEN",
      about: "lets `stagecraft` in such a task work under the lock of the run"),
  ]
}
