// SPDX-License-Identifier: AGPL-3.0-or-later
//
// When a first deploy would leave data behind, and when others' data is nothing to it.

import TaskGraph
import Testing

@testable import Tasks

struct DataBesideTests {
  private static let ours = ComposeNeighbour.Deployment(project: "shop", environment: "prod")

  private func names(isChosen: Bool = false, adopts: Bool = false) -> ApplicationNames {
    ApplicationNames(
      deployment: Self.ours, likely: ["shop"], others: ["shop-test"], isChosen: isChosen,
      adopts: adopts, section: "environments.prod")
  }

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
    own: [String: String] = [:], by deployment: (String, String)? = nil
  ) -> HostFacts {
    var facts = HostFacts(host: "h1")
    facts.resources = Set((Array(volumes.values) + own.values).map { "volume \($0)" })
    var neighbour = ComposeNeighbour()
    neighbour.services = services
    neighbour.volumes = volumes
    if let deployment {
      neighbour.deployments = [
        ComposeNeighbour.Deployment(project: deployment.0, environment: deployment.1)
      ]
    }
    facts.projects[other] = neighbour
    if !own.isEmpty {
      var ours = ComposeNeighbour()
      ours.volumes = own
      facts.projects["new"] = ours
    }
    return facts
  }

  private func error(_ facts: HostFacts, _ names: ApplicationNames? = nil) -> TaskError? {
    DataBeside(
      desired: desired, facts: facts, project: "new", names: names ?? self.names()
    ).error
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

  @Test func `what another deployment runs is not offered as one's own`() {
    let both: Set<String> = ["db", "web"]
    let renamed = error(facts("other", both, by: ("old", "prod")))
    #expect(
      renamed?.message
        == "volume `data` of `db` would be new and empty on `h1`, while `old_data` of the Compose project `other` is there, which the project `old` runs"
    )
    #expect(renamed?.hint?.contains("`--adopt` once") == true)
    // Another environment of whatever project, and a name that somebody chose.
    #expect(error(facts("other", both, by: ("old", "test"))) == nil)
    #expect(error(facts("other", both, by: ("old", "prod")), names(isChosen: true)) == nil)
    #expect(error(facts("shop", both), names(isChosen: true)) != nil)
    // Its own name counts for more than its services.
    var two = facts("shop", volumes: ["data": "shop_data"])
    two.projects["a"] = facts("a", both).projects["a"]
    #expect(error(two)?.message.contains("`shop_data` of the Compose project `shop`") == true)
  }

  @Test func `what another deployment runs under this name is taken over when somebody says so`() {
    let found = error(facts("new", ["db"], by: ("old", "prod")))
    #expect(
      found?.message
        == "the Compose project `new` on `h1` is run by the project `old` for `prod`: each would replace what the other runs"
    )
    #expect(error(facts("new", ["db"], by: ("old", "prod")), names(adopts: true)) == nil)
    #expect(error(facts("new", ["db"], by: ("shop", "prod"))) == nil)
  }

  @Test func `what runs under another name would run twice`() {
    let found = error(facts("else", ["db"], volumes: [:], by: ("shop", "prod")))
    #expect(found?.message == "`h1` runs this application as `else`, and it would run twice")
    #expect(error(facts("else", ["db"], volumes: [:], by: ("shop", "test"))) == nil)
  }

  @Test func `a volume with a name of its own has one writer`() {
    let found = error(facts("else", ["db"], volumes: ["vol": "new_data"]))
    #expect(
      found?.message
        == "volume `data` of `db` is `new_data`, which `db` of the Compose project `else` has on `h1`: two would write to it"
    )
    #expect(error(facts("else", ["x"], volumes: ["vol": "new_data"])) == nil)
  }

  @Test func `labels that are no names are left out`() throws {
    let answer = """
      clock 5
      engine 28.0 linux/amd64
      images end
      service "shop" "web" "" ""
      service "shop" "db" "old" "prod"
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
      facts.projects["shop"]?.deployments == [
        ComposeNeighbour.Deployment(project: "old", environment: "prod")
      ])
    #expect(
      facts.resources == [
        "volume shop_data", "volume odd", "volume odd2", "volume plain", "volume early",
      ])
  }
}
