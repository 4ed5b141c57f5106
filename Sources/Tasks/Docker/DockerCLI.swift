// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The only place that knows the arguments of `docker` and its plugins: functions that return commands.

import SystemPackage
package import TaskGraph

/// Builds the command lines of the Docker programs.
package struct DockerCLI: Sendable {
  /// Absolute directory that commands run in.
  package let directory: String
  /// The environment that they get.
  package let environment: [String: String]

  /// A command builder; `environment` is the user's, of which the programs see what they need.
  package init(directory: String, environment: [String: String]) {
    self.directory = directory
    self.environment = ChildEnvironment.selecting(ChildEnvironment.docker, from: environment)
  }

  /// The commands of a task: the variables that the programs see are noted as read.
  init(in context: TaskContext) {
    self.init(
      directory: context.root.string,
      environment: context.noted(ChildEnvironment.docker)
        .merging(ChildEnvironment.selecting(from: context.environmentOfUser)) { noted, _ in noted })
  }

  func docker(
    _ arguments: [String], adding variables: [String: String] = [:]
  ) -> Command {
    Command(
      "docker", arguments, directory: directory,
      environment: environment.merging(variables) { _, new in new })
  }

  /// `docker compose config`: the canonical form of Compose files, without asking the engine.
  package func composeConfig(
    files: [String], project: String, environment variables: [String: String]
  ) -> Command {
    docker(
      ["compose"] + files.flatMap { ["--file", $0] }
        + ["--project-name", project, "--profile", "*", "config"],
      adding: variables
    ).looking
  }

  /// `docker compose config` as JSON, with the whole environment that its files may name.
  package func composeApplication(
    files: [String], project: String, environment variables: [String: String]
  ) -> Command {
    // Compose goes by this variable where it names the directory by another way.
    let here = ["PWD": directory]
    return docker(
      ["compose"] + files.flatMap { ["--file", $0] }
        + ["--project-name", project, "--profile", "*", "config", "--format", "json"],
      adding: variables.merging(here) { _, new in new }
    ).looking
  }

  /// `docker buildx build` into the engine.
  package func build(
    _ image: ImageSpec, references: [String], labels: [String: String], metadataFile: String,
    secretFile: (ImageSpec.Secret) -> String?
  ) -> Command {
    var arguments = ["buildx", "build", "--load", "--progress", "plain", "--provenance=false"]
    if let dockerfile = image.dockerfileArgument { arguments += ["--file", dockerfile] }
    for reference in references { arguments += ["--tag", reference] }
    for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
      arguments += ["--label", "\(name)=\(value)"]
    }
    // By name only: the value travels in the environment and never shows in a process list.
    for argument in image.arguments { arguments += ["--build-arg", argument.name] }
    if let target = image.target { arguments += ["--target", target] }
    for platform in image.platforms { arguments += ["--platform", platform] }
    for context in image.additionalContexts {
      arguments += ["--build-context", "\(context.name)=\(context.value)"]
    }
    for secret in image.secrets {
      if let file = secretFile(secret) {
        arguments += ["--secret", "id=\(secret.name),src=\(file)"]
      } else if case .variable(let name) = secret.source {
        arguments += ["--secret", "id=\(secret.name),env=\(name)"]
      }
    }
    for ssh in image.ssh { arguments += ["--ssh", ssh] }
    for host in image.extraHosts { arguments += ["--add-host", host] }
    for source in image.cacheFrom { arguments += ["--cache-from", source] }
    for target in image.cacheTo { arguments += ["--cache-to", target] }
    if let network = image.network { arguments += ["--network", network] }
    if let size = image.sharedMemory { arguments += ["--shm-size", size] }
    if image.pulls { arguments += ["--pull"] }
    if image.isUncached { arguments += ["--no-cache"] }
    arguments += ["--metadata-file", metadataFile, image.context]
    var variables: [String: String] = [:]
    for argument in image.arguments { variables[argument.name] = argument.value }
    for secret in image.secrets {
      if case .variable(let name) = secret.source { variables[name] = secret.value }
    }
    return Command(
      "docker", arguments, directory: directory,
      environment: environment.merging(variables) { _, new in new },
      input: image.inlineDockerfile.map { Array($0.utf8) })
  }

  /// Gives an image one more name.
  package func tag(_ image: String, as reference: String) -> Command {
    docker(["image", "tag", image, reference])
  }

  /// Sends one reference to its registry.
  package func push(_ reference: String) -> Command {
    docker(["image", "push", reference])
  }

  /// The ids of the images with these names; names that are not there are left out.
  package func listImages(reference: String) -> Command {
    docker(["image", "ls", "--quiet", "--no-trunc", "--filter", "reference=\(reference)"]).looking
  }

  /// One JSON object a line for each image.
  package func inspectImages(_ ids: [String]) -> Command {
    docker(["image", "inspect", "--format", "{{json .}}"] + ids).looking
  }

  /// What a registry holds under a reference: lines of which one is `Digest: sha256:…`.
  ///
  /// Without a format: with one, buildx reads the image's configuration as well, and everything
  /// twice.
  package func remoteDigest(_ reference: String) -> Command {
    docker(["buildx", "imagetools", "inspect", reference]).looking
  }
}
