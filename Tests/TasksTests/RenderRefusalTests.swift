// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves that what cannot be brought to a host is refused, and by which name.

import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct RenderRefusalTests {
  @Test(arguments: [
    ("volumes: [\"./none:/x\"]", "service `web` mounts `none`, which is not there"),
    (
      "volumes: [\".:/x\"]",
      "service `web` mounts the whole project, which cannot be brought to a host"
    ),
    ("volumes: [\"./empty:/x\"]", "service `web` mounts `empty`, which is empty"),
    (
      "volumes: [\"./out:/x\"]",
      "service `web` mounts `out`, a link to a place outside of the project"
    ),
    (
      "volumes: [\"bound:/x\"]",
      "volume `bound` is the folder `conf` of the project, which is not on host `h1`"
    ),
    ("secrets: [gone]", "secret `gone` is `gone.txt`, which is not there"),
    ("secrets: [unset]", "secret `unset` needs the variable `NOBODY_SETS_THIS`, which is not set"),
    (
      "network_mode: \"service:db\"",
      "service `web` shares `network_mode` with `db`, which does not run on host `h1`"
    ),
  ])
  func `what cannot be brought to a host is an error that names it`(
    line: String, message: String
  ) async throws {
    let text = """
      services:
        web:
          image: a
          \(line)
        db: {image: a}
      secrets: {gone: {file: ./gone.txt}, unset: {environment: NOBODY_SETS_THIS}}
      volumes: {bound: {driver_opts: {type: none, o: bind, device: ./conf}}}
      """
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      try fixture.tasks.project.makeDirectory("empty")
      try fixture.tasks.project.link("out", to: "/etc/hostname")
      var request = RenderFixture.Request()
      request.services = [ServiceRollout("web", choice: StrategyChoice(.rolling))]
      let error = await #expect(throws: TaskError.self) { try await fixture.render(request) }
      #expect(error?.message == message)
    }
  }

  @Test func `a hook that holds a secret is refused`() async throws {
    let text = """
      services:
        web:
          image: a
          labels: {docker-rollout.pre-stop-hook: "curl -u ${TOKEN} localhost"}
      """
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      var request = RenderFixture.Request()
      request.variables = ["TOKEN": "s3cret$value"]
      let host = try await fixture.render(request)
      #expect(host.service("web")?.preStop.count == 3)
      request.secrets = ["TOKEN"]
      let error = await #expect(throws: TaskError.self) { try await fixture.render(request) }
      #expect(error?.message == "the pre-stop hook of service `web` holds the value of `TOKEN`")
      #expect(error?.hint?.contains("s3cret") == false)
    }
  }

  @Test func `a value that no program could inherit is refused by name`() async throws {
    let text = "services: {web: {image: a, environment: {BIG: \"${BIG}\"}}}\n"
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      var request = RenderFixture.Request()
      request.variables["BIG"] = String(repeating: "x", count: RenderVariables.longest)
      let host = try await fixture.render(request)
      #expect(host.environment.count > RenderVariables.longest)
      try fixture.tasks.project.write(
        "compose.yaml", text.replacing("${BIG}", with: "${BIG}${BIG}"))
      let error = await #expect(throws: TaskError.self) { try await fixture.render(request) }
      #expect(error?.message.hasPrefix("the value of `web.BIG` is longer than") == true)
    }
  }
}
