// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What there is of the services that an interrupted run left in between: one look at each host that is
// concerned. Judges nothing.

import Planning
import TaskGraph
import Tasks

extension HostRun {
  /// Looks at what runs on hosts with services in between, as far as they answer.
  func lookBetween(_ reports: inout [HostReport]) async {
    // Hosts that could not be told would have ended the run before it began anything in between.
    guard reports.contains(where: { !$0.between.isEmpty }), let hosts = try? run.hosts() else {
      return
    }
    let caller = RemoteCaller(
      commands: SubprocessRunner(), environment: run.workspace.environment)
    for position in reports.indices where !reports[position].between.isEmpty {
      let name = reports[position].name
      // A host that was not heard of a moment ago is not waited for.
      guard let host = hosts.first(where: { $0.name == name }),
        !HostWork.shared.unfinished(on: name).contains(where: { $0.end == .unheard }),
        let there = await HostContainers.look(host, caller)
      else { continue }
      for service in reports[position].between.indices {
        let name = reports[position].between[service].service
        reports[position].between[service].containers = there.filter { $0.service == name }.map {
          "\($0.name) \($0.state)"
        }
      }
    }
  }
}
