// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Holds what the program writes as JSON against the published schemas, with an independent validator.

import Foundation
import Testing

@testable import TaskGraph

struct PlanSchemaTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let hasValidator = FileManager.default.fileExists(
    atPath: "/usr/lib/python3/dist-packages/jsonschema")

  /// Debian's Python, for which scripts/setup installs the validator.
  private func validate(_ bytes: [UInt8], _ schema: String) throws -> Child {
    let script = """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft7Validator.check_schema(schema)
      jsonschema.Draft7Validator(schema).validate(json.load(sys.stdin))
      """
    let path = Self.root.appendingPathComponent("spec/schemas/\(schema)").path
    return try Child.run("/usr/bin/python3", ["-c", script, path], input: Data(bytes))
  }

  @Test(.enabled(if: hasValidator))
  func `plans are as the schema says`() throws {
    let deploy = PictureSamples.deploy(hosts: 2, services: 2)
    for plan in [Samples.plan, PictureSamples.hostile, deploy, []] {
      let checked = try validate(JSONGraph.render(plan, goal: "build"), "plan.schema.json")
      #expect(checked.status == 0, "\(checked.error)")
    }
  }

  @Test(.enabled(if: hasValidator))
  func `what is no plan is refused`() throws {
    for text in [
      "{}", #"{"version":2,"goal":"build","tasks":[]}"#,
      #"{"version":1,"goal":"build","tasks":[]}"#,
      #"{"version":1,"goal":"build","tasks":[{"id":"a"}]}"#,
    ] {
      #expect(try validate(Array(text.utf8), "plan.schema.json").status == 1)
    }
  }

  @Test(.enabled(if: hasValidator))
  func `reports are as the schema says`() throws {
    var picture = Picture(Samples.plan, goal: "build", environment: "")
    picture.outcome = "ok"
    picture.run = "run-1"
    let checked = try validate(PictureReport.render(picture), "report.schema.json")
    #expect(checked.status == 0, "\(checked.error)")
  }
}
