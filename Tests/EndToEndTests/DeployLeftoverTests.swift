// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a deploy may find on a host: containers that ended, crash or are paused, halves of an earlier
// run; and services that are no servers: jobs that end well, badly or never.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Leftovers {
    @Test(arguments: ["docker stop --time 0", "docker pause", "docker kill"])
    func `an old container that is no longer well is replaced`(harm: String) throws {
      let host = try Stack.steady(1)[0]
      // An engine that freezes a container while a check of its health begins may never thaw it.
      let checkedOnce = "healthcheck: {interval: 1h, start_period: 30s, start_interval: 300ms}"
      let app = try Deployed(
        [host], services: [("web", ["environment:", "  ROUND: one", checkedOnce])])
      try app.deploy().ends(0)
      let old = try app.containers(host)
      _ = try Stack.shell(host, "\(harm) \(old[0].id)")
      try app.edit("ROUND: one", "ROUND: two")
      try app.deploy().ends(0)
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: host) == "two")
      #expect(try app.containers(host).filter(old.contains).isEmpty)
    }

    @Test func `containers that stopped meanwhile run again after a deploy without a change`()
      throws
    {
      let host = try Stack.steady(1)[0]
      let app = try Deployed([host])
      try app.deploy().ends(0)
      // What ends by itself in the second of its deploy has come to its end.
      let later = "now=$(date +%s); until [ $(date +%s) -gt $now ]; do sleep 0.05; done"
      _ = try Stack.shell(
        host, later + "; docker stop --time 0 \(try app.containers(host)[0].id)")
      try app.deploy().ends(0)
      try app.expectSteady()
    }

    @Test func `an extra container of a service is removed`() throws {
      let host = try Stack.steady(1)[0]
      let app = try Deployed([host], services: [("web", ["environment:", "  ROUND: one"])])
      try app.deploy().ends(0)
      // What a run that was killed between start and retirement leaves.
      let directory = "/var/lib/stagecraft/\(app.project.name)/prod"
      _ = try Stack.shell(host, "\(directory)/compose up -d --no-recreate --scale web=2 web")
      #expect(try app.containers(host).count == 2)
      try app.edit("ROUND: one", "ROUND: two")
      try app.deploy().ends(0)
      try app.expectSteady()
      #expect(try app.variable("ROUND", on: host) == "two")
    }

    @Test func `a crashing new container is shown with its log and removed, the old one stays`()
      throws
    {
      let host = try Stack.steady(1)[0]
      let app = try Deployed([host], services: [("web", ["environment:", "  ROUND: one"])])
      try app.deploy().ends(0)
      let before = try app.containers(host)
      try app.edit(
        "    environment:\n",
        "    entrypoint: [\"/bin/busybox\", \"sh\", \"-c\", \"echo cannot begin; exit 3\"]\n"
          + "    environment:\n")
      let failed = try app.deploy()
      #expect(failed.status == 2 || failed.status == 10, "\(failed)")
      failed.says("cannot begin", host, "web")
      #expect(try app.containers(host) == before)
    }

    @Test func `a job that ends well is done, one that fails stops the deploy with its log`() throws
    {
      let host = try Stack.steady(1)[0]
      let script = "entrypoint: [\"/bin/busybox\", \"sh\", \"-c\", \"echo job speaks; exit $CODE\"]"
      let app = try Deployed(
        [host],
        services: [
          ("setup", ["restart: \"no\"", script.replacing("$CODE", with: "0")]),
          ("web", ["depends_on:", "  setup: { condition: service_completed_successfully }"]),
        ])
      try app.deploy().ends(0)
      try app.deploy().ends(0)
      try app.edit("exit 0", "exit 1")
      let failed = try app.deploy()
      #expect(failed.status == 2 || failed.status == 10, "\(failed)")
      failed.says("setup", "job speaks")
      #expect(
        try app.containers(host).contains { $0.name.contains("-web-") && $0.state == "running" })
    }

    @Test func `a job that never ends is a failure after its time`() throws {
      let host = try Stack.steady(1)[0]
      let app = try Deployed(
        [host],
        services: [
          (
            "setup",
            [
              "restart: \"no\"", "entrypoint: [\"/bin/busybox\", \"sleep\", \"1000\"]",
              "stop_grace_period: 1s",
            ]
          ),
          ("web", ["depends_on:", "  setup: { condition: service_completed_successfully }"]),
        ], settings: ["setup": "health_timeout: 5s"])
      let failed = try app.deploy()
      #expect(failed.status == 2 || failed.status == 10, "\(failed)")
      failed.says("setup", host)
      #expect(try app.containers(host).allSatisfy { !$0.name.contains("-web-") })
    }

    @Test func `a service whose profile is off is not deployed, and what needs it says so`() throws
    {
      let host = try Stack.steady(1)[0]
      let app = try Deployed([host], services: [("web", []), ("extra", ["profiles: [tools]"])])
      try app.deploy().ends(0)
      try app.expectSteady(["web"])
      try app.edit("  web:\n", "  web:\n    depends_on: [extra]\n")
      let refused = try app.deploy()
      #expect(refused.status == 1 || refused.status == 2, "\(refused)")
      refused.says("extra")
    }
  }
}
