// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Deploys over ssh against the model, while connections, engines and power go away. A failure prints the
// seed and all that was done.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Model {
    @Test(.timeLimit(.minutes(60)))
    func
      `whatever happens to hosts in a deploy, the next one brings each service to what was asked`()
      throws
    {
      let variables = ProcessInfo.processInfo.environment
      let steps = variables["STAGECRAFT_FLEET_MODEL_STEPS"].flatMap { Int($0) } ?? 0
      let seed = variables["STAGECRAFT_FLEET_MODEL_SEED"].flatMap { UInt64($0) } ?? 1
      let harm = variables["STAGECRAFT_FLEET_MODEL_HARM"].flatMap(ModelFleet.Harm.init(rawValue:))
      guard steps > 0 else { return }
      let hosts = try Stack.own(2)
      var done = 0
      var harms: [String] = []
      while done < steps {
        let own = seed + UInt64(done)
        do {
          let fleet = try ModelFleet(seed: own, on: hosts)
          for _ in 0..<min(5, steps - done) {
            done += 1
            harms.append(try fleet.step(harm).rawValue)
          }
        } catch let fault as ModelEpisode.Contradiction {
          Issue.record("STAGECRAFT_FLEET_MODEL_SEED=\(own): \(fault)")
          done = (done / 5 + 1) * 5
        }
      }
      print("deploy model over ssh: \(harms.count) steps: \(harms.joined(separator: " "))")
    }
  }
}
