// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Asks hosts for their facts outside of a run, all at once. Changes nothing, and leaves it to the
// caller what a host that does not answer means.

package import TaskGraph

extension Inquiry {
  /// What each of these hosts says of itself, in their order.
  package func facts(
    of hosts: [Host]
  ) async -> [(host: Host, facts: Result<HostFacts, TaskError>)] {
    let questions = hosts.map(HostFactsTask.init)
    return zip(hosts, await values(of: questions)).map { ($0, $1) }
  }
}
