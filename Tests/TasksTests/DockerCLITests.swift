// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Pins the command lines of the Docker programs, argument by argument, and what children see.

import TaskGraph
import Tasks
import Testing

struct DockerCLITests {
  private let docker = DockerCLI(
    directory: "/p",
    environment: ["PATH": "/bin", "DOCKER_HOST": "unix:///s", "AWS_SECRET_ACCESS_KEY": "no"])

  @Test func `the programs see where the engine is and no other secret`() {
    #expect(docker.environment == ["PATH": "/bin", "DOCKER_HOST": "unix:///s"])
    let command = docker.push("app:1")
    #expect(command.program == "docker")
    #expect(command.directory == "/p")
    #expect(command.environment == docker.environment)
  }

  @Test func `compose resolves every profile of the files in order`() {
    let command = docker.composeConfig(
      files: ["a.yml", "b.yml"], project: "demo", environment: ["TAG": "1"])
    #expect(
      command.arguments == [
        "compose", "--file", "a.yml", "--file", "b.yml", "--project-name", "demo", "--profile",
        "*", "config",
      ])
    #expect(command.environment["TAG"] == "1")
  }

  @Test func `a whole application is asked for with every value, none of them as an argument`() {
    let command = docker.composeApplication(
      files: ["a.yml"], project: "demo-prod", environment: ["TOKEN": "hidden", "PWD": "/link"])
    #expect(
      command.arguments == [
        "compose", "--file", "a.yml", "--project-name", "demo-prod", "--profile", "*", "config",
        "--format", "json",
      ])
    #expect(command.environment["TOKEN"] == "hidden")
    #expect(command.environment["PWD"] == "/p")
    #expect(!command.displayed.contains("hidden"))
  }

  @Test func `short commands are as docker has them`() {
    #expect(docker.tag("sha256:1", as: "a:2").arguments == ["image", "tag", "sha256:1", "a:2"])
    #expect(docker.push("r/a:2").arguments == ["image", "push", "r/a:2"])
    #expect(
      docker.listImages(reference: "r/a").arguments == [
        "image", "ls", "--quiet", "--no-trunc", "--filter", "reference=r/a",
      ])
    #expect(
      docker.inspectImages(["1", "2"]).arguments == [
        "image", "inspect", "--format", "{{json .}}", "1", "2",
      ])
    #expect(
      docker.remoteDigest("r/a:2").arguments == ["buildx", "imagetools", "inspect", "r/a:2"])
  }

  @Test func `a plain build says no more than it must`() {
    let command = docker.build(
      ImageSpec(), references: ["a:1"], labels: [:], metadataFile: "/m", secretFile: { _ in nil })
    #expect(
      command.arguments == [
        "buildx", "build", "--load", "--progress", "plain", "--provenance=false", "--file",
        "Dockerfile", "--tag", "a:1", "--metadata-file", "/m", ".",
      ])
    #expect(command.input == nil)
  }

  @Test func `everything of a build section reaches the program, values of secrets do not show`() {
    var spec = ImageSpec()
    spec.context = "app"
    spec.inlineDockerfile = "FROM scratch\n"
    spec.arguments = [.init("VERSION", "1 2"), .init("TOKEN", "hidden")]
    spec.target = "final"
    spec.platforms = ["linux/amd64", "linux/arm64"]
    spec.additionalContexts = [.init("lib", "../lib")]
    var inVariable = ImageSpec.Secret(name: "npm", source: .variable("NPM_TOKEN"))
    inVariable.value = "hidden too"
    spec.secrets = [inVariable, ImageSpec.Secret(name: "key", source: .file("key.pem"))]
    spec.ssh = ["default"]
    spec.extraHosts = ["db=10.0.0.1"]
    spec.cacheFrom = ["type=registry,ref=r/c"]
    spec.cacheTo = ["type=inline"]
    spec.network = "host"
    spec.sharedMemory = "64m"
    spec.pulls = true
    spec.isUncached = true
    let command = docker.build(
      spec, references: ["a:1", "a:2"], labels: ["b": "2", "a": "1"], metadataFile: "/m"
    ) { if case .file(let path) = $0.source { path } else { nil } }
    #expect(
      command.arguments == [
        "buildx", "build", "--load", "--progress", "plain", "--provenance=false", "--file", "-",
        "--tag", "a:1", "--tag", "a:2", "--label", "a=1", "--label", "b=2", "--build-arg",
        "VERSION", "--build-arg", "TOKEN", "--target", "final", "--platform", "linux/amd64",
        "--platform", "linux/arm64", "--build-context", "lib=../lib", "--secret",
        "id=npm,env=NPM_TOKEN", "--secret", "id=key,src=key.pem", "--ssh", "default",
        "--add-host", "db=10.0.0.1", "--cache-from", "type=registry,ref=r/c", "--cache-to",
        "type=inline", "--network", "host", "--shm-size", "64m", "--pull", "--no-cache",
        "--metadata-file", "/m", "app",
      ])
    #expect(command.input == Array("FROM scratch\n".utf8))
    #expect(command.environment["VERSION"] == "1 2")
    #expect(command.environment["TOKEN"] == "hidden")
    #expect(command.environment["NPM_TOKEN"] == "hidden too")
    #expect(!command.displayed.contains("hidden"))
  }

  @Test(arguments: [
    ("plain", "plain"), ("a b", "'a b'"), ("", "''"), ("it's", "'it'\\''s'"), ("$x", "'$x'"),
    ("a=b:c,d@e%f+g", "a=b:c,d@e%f+g"), ("é", "'é'"), ("*", "'*'"), ("-x", "-x"), ("~", "'~'"),
  ])
  func `a word is quoted where a shell would change it`(word: String, quoted: String) {
    #expect(Command.quoted(word) == quoted)
  }

  @Test(arguments: [
    ("app", "app", "latest", false), ("app:1", "app", "1", false),
    ("library/app:1", "library/app", "1", false),
    ("localhost/app", "localhost/app", "latest", true),
    ("localhost:5000/app", "localhost:5000/app", "latest", true),
    ("localhost:5000/app:1.2-x", "localhost:5000/app", "1.2-x", true),
    ("ghcr.io/o/app:1", "ghcr.io/o/app", "1", true),
    ("ghcr.io/o/app:1@sha256:abc", "ghcr.io/o/app", "1", true),
    ("app@sha256:abc", "app", "latest", false),
  ])
  func `an image's name is split as docker does`(
    text: String, repository: String, tag: String, hasRegistry: Bool
  ) {
    let reference = ImageReference(text)
    #expect(reference.repository == repository)
    #expect(reference.tag == tag)
    #expect(reference.hasRegistry == hasRegistry)
    #expect(reference.description == "\(repository):\(tag)")
  }
}
