// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Deploys against a model: projects with random lives on a real engine, and after each step an oracle that
// knows nothing of the program but its words. A failure prints its seed and all its acts.

import Foundation
import Synchronization
import Testing

/// The model test of deploys.
@Suite(.serialized, .enabled(if: FileManager.default.fileExists(atPath: Sandbox.socket)))
struct DeployModelTests {
  @Test(.timeLimit(.minutes(600)))
  func `whatever is done to a project, each service runs what was asked for`() async throws {
    let settings = ModelSettings()
    let found = await ModelLanes(settings).run()
    print(
      "deploy model: \(found.steps) steps in \(found.episodes) projects, \(found.faults.count) faults"
    )
    for fault in found.faults { Issue.record("\(fault)") }
    #expect(found.steps >= min(settings.steps, 1), "nothing was played")
  }
}

/// What a run of the model is to do, from the variables of the environment.
struct ModelSettings: Sendable {
  /// Rules that the program is known to break, each with the reason.
  ///
  /// That they are broken is no failure; `STAGECRAFT_DEPLOY_MODEL_KNOWN=1` makes it one.
  static let known: [String: String] = [:]
  /// Acts that are not drawn, since the program is known to be wrong there, each with the reason.
  ///
  /// `STAGECRAFT_DEPLOY_MODEL_KNOWN=1` draws them all the same.
  static let knownActs: [ModelAct.Kind: String] = [:]

  /// Steps where no variable says how many: 1 plays the short lives alone, about 50 steps.
  static let standardSteps = 1

  /// How many steps are played, in all lanes together.
  let steps: Int
  /// The seed of the first project; the others follow.
  let seed: UInt64
  /// Steps of one project.
  let length: Int
  /// Projects that live at the same time.
  let lanes: Int
  /// Lives that are played before random ones.
  let cases: [ModelCase]
  /// No life begins after so many minutes.
  let minutes: Int
  /// Minutes in which a failing series is made shorter.
  let shrinkMinutes: Int
  let without: Set<ModelAct.Kind>
  /// Rules that may be broken.
  let tolerated: Set<String>

  init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
    func value(_ name: String) -> String? { variables["STAGECRAFT_DEPLOY_MODEL_" + name] }
    func number(_ name: String, _ standard: Int) -> Int {
      value(name).flatMap { Int($0) } ?? standard
    }
    let scripts = value("SCRIPT")?.split(separator: ";").map { ModelCase("\($0)", String($0)) }
    length = number("LENGTH", 15)
    seed = UInt64(number("SEED", 1))
    steps = number("STEPS", scripts != nil ? 0 : value("SEED") == nil ? Self.standardSteps : length)
    cases = scripts ?? (value("SEED") == nil && steps > 0 ? ModelCase.all : [])
    minutes = number("MINUTES", 600)
    lanes = number("LANES", 4)
    shrinkMinutes = number("SHRINK", 0)
    let isStrict = value("KNOWN") == "1"
    var tolerated = isStrict ? [] : Set(Self.known.keys)
    tolerated.formUnion((value("TOLERATE") ?? "").split(separator: ",").map(String.init))
    self.tolerated = tolerated
    var without = isStrict ? [] : Set(Self.knownActs.keys)
    for name in (value("WITHOUT") ?? "").split(separator: ",") {
      if let kind = ModelAct.Kind(rawValue: String(name)) { without.insert(kind) }
    }
    self.without = without
  }
}
