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
    let found = await withTaskGroup(of: (Int, Result<HostFacts, TaskError>).self) { group in
      for (place, host) in hosts.enumerated() {
        group.addTask {
          let task = HostFactsTask(id: TaskID("host/\(host.name)/facts"), host: host)
          do throws(TaskError) {
            return (place, .success(try await value(of: task)))
          } catch {
            return (place, .failure(error))
          }
        }
      }
      var found: [Int: Result<HostFacts, TaskError>] = [:]
      for await (place, facts) in group { found[place] = facts }
      return found
    }
    return hosts.enumerated().compactMap { place, host in found[place].map { (host, $0) } }
  }
}
