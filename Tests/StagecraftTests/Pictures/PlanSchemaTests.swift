// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Holds what the program writes as JSON against the published schemas, with an independent validator.

import Foundation
import TestSupport
import Testing

@testable import TaskGraph

struct PlanSchemaTests {
  @Test func `plans are as the schema says, and what is no plan is refused`() throws {
    let deploy = PictureSamples.deploy(hosts: 2, services: 2)
    let plans = [Samples.plan, PictureSamples.hostile, deploy, []].map {
      SchemaCheck.Case(
        "plan of \($0.count)",
        json: String(
          decoding: JSONGraph.render($0, goal: "deploy", environment: "prod"), as: UTF8.self),
        accepts: true)
    }
    let others = [
      "{}", #"{"version":2,"goal":"build","tasks":[]}"#,
      #"{"version":1,"goal":"build","tasks":[]}"#,
      #"{"version":1,"goal":"build","tasks":[{"id":"a"}]}"#,
    ].map { SchemaCheck.Case("no plan", json: $0, accepts: false) }
    #expect(try SchemaCheck(published: "plan.schema.json").faults(plans + others) == "")
  }

  @Test func `reports are as the schema says`() throws {
    var picture = Picture(Samples.plan, goal: "build", environment: "prod")
    picture.outcome = "ok"
    picture.run = "run-1"
    let report = String(decoding: PictureReport.render(picture), as: UTF8.self)
    #expect(
      try SchemaCheck(published: "report.schema.json")
        .faults([SchemaCheck.Case("report", json: report, accepts: true)]) == "")
  }
}
