// SPDX-License-Identifier: AGPL-3.0-or-later
//
// When a first deploy would leave data behind, and when others' data is nothing to it.

import TaskGraph
import Testing

@testable import Tasks

struct DataBesideTests {
  private let names = ApplicationNames(
    likely: ["shop"], others: ["shop-test"], plain: nil, section: "environments.prod")

  /// `db` with the volume `data`, and `web`.
  private var desired: DesiredHost {
    var desired = DesiredHost(
      services: ["db", "web"].map { ReleasedService(name: $0, image: "example/\($0)") },
      compose: "", files: [], environment: [], specs: [:], digest: "d", key: [1])
    desired.volumes = ["db": ["data": "new_data"]]
    return desired
  }

  private func facts(
    _ other: String, _ services: Set<String> = [], volumes: [String: String] = ["data": "old_data"],
    own: [String: String] = [:]
  ) -> HostFacts {
    var facts = HostFacts(host: "h1")
    facts.resources = Set((Array(volumes.values) + own.values).map { "volume \($0)" })
    var neighbour = ComposeNeighbour()
    neighbour.services = services
    neighbour.volumes = volumes
    facts.projects[other] = neighbour
    if !own.isEmpty {
      var ours = ComposeNeighbour()
      ours.volumes = own
      facts.projects["new"] = ours
    }
    return facts
  }

  private func error(_ facts: HostFacts, _ names: ApplicationNames? = nil) -> TaskError? {
    DataBeside.error(desired, facts, of: "new", names: names ?? self.names)
  }

  @Test func `data of the same application under another name is named`() {
    for (owner, services) in [("shop", []), ("shop", ["x"]), ("other", ["db", "web"])] {
      let found = error(facts(owner, Set(services)))
      #expect(
        found?.message
          == "volume `data` of `db` would be new and empty on `h1`, while `old_data` of the Compose project `\(owner)` is there"
      )
      #expect(
        found?.hint
          == "to take it over, write `compose_project: \(owner)` into `environments.prod`; to begin with nothing, `--new-volumes`"
      )
    }
  }

  @Test func `what is others' or known already is nothing to it`() {
    #expect(error(facts("other")) == nil)
    #expect(error(facts("other", ["db"])) == nil)
    #expect(error(facts("other", ["db", "web", "more"])) == nil)
    #expect(error(facts("shop-test", ["db", "web"])) == nil)
    #expect(error(facts("new", ["db", "web"])) == nil)
    #expect(error(facts("shop", volumes: ["cache": "old_cache"])) == nil)
    // A project that is there has a new volume.
    #expect(error(facts("shop", own: ["logs": "new_logs"])) == nil)
    #expect(error(facts("shop", own: ["data": "new_data"])) == nil)
    // Nobody said what is there.
    var silent = facts("shop")
    silent.resources = nil
    #expect(error(silent) == nil)
  }

  @Test func `what ran without the key still runs`() {
    let moved = ApplicationNames(
      likely: [], others: [], plain: "shop-prod", section: "environments.prod")
    let found = error(facts("shop-prod", ["db"], volumes: [:]), moved)
    #expect(
      found?.message == "`h1` runs this application as `shop-prod`, and it would run twice")
    #expect(error(facts("shop-prod", [], volumes: [:]), moved) == nil)
  }

  @Test func `labels that are no names are left out`() throws {
    let answer = """
      clock 5
      engine 28.0 linux/amd64
      images end
      service "shop" "web"
      service "shop" "db"
      containers end
      volume shop_data "shop" "data"
      volume odd "a b" "c"
      volume odd2 "a\\nb" "c"
      volume plain "" ""
      volume early
      resources end
      facts end
      """
    let facts = try HostFactsScript.facts(of: "h1", in: answer)
    #expect(facts.projects.keys.sorted() == ["shop"])
    #expect(facts.projects["shop"]?.services == ["db", "web"])
    #expect(facts.projects["shop"]?.volumes == ["data": "shop_data"])
    #expect(
      facts.resources == [
        "volume shop_data", "volume odd", "volume odd2", "volume plain", "volume early",
      ])
  }
}
