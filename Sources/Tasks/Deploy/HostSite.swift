// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What every task that changes a host has in common: the host, what it is to run, what it is now, and
// the right to change it.

package import TaskGraph

/// The place of a task that changes a host.
package struct HostSite: Sendable {
  package let host: Host
  /// What it is to run.
  package let desired: TaskRef<DesiredHost>
  /// What it was when it was asked.
  package let facts: TaskRef<HostFacts>
  /// The right to change it; nil where a graph is only looked at.
  package let lease: Lease?
  /// Services of the host that this run leaves as they are; what lives in their containers is to
  /// live in those that there are.
  package let leaving: Set<String>

  /// Makes a site.
  package init(
    host: Host, desired: TaskRef<DesiredHost>, facts: TaskRef<HostFacts>, lease: Lease?,
    leaving: Set<String> = []
  ) {
    self.leaving = leaving
    self.host = host
    self.desired = desired
    self.facts = facts
    self.lease = lease
  }

  /// What the host was, where its engine said anything: one that does not answer is not to be taken for
  /// one that has nothing.
  func facts(in context: TaskContext) throws(TaskError) -> HostFacts {
    let facts = try context.output(of: self.facts)
    guard facts.problem.isEmpty else {
      throw TaskError(
        .unavailable(host.name), "the Docker engine of `\(host.name)` cannot be used",
        hint: "see that `docker info` succeeds there for the user that deploys",
        logTail: [facts.problem])
    }
    return facts
  }

  /// What the release is called that is being made; takes the locks where that has not been done.
  func releaseName(in context: TaskContext) async throws(TaskError) -> ReleaseName {
    try await right(in: context).releaseName(in: context)
  }

  private func right(in context: TaskContext) throws(TaskError) -> Lease {
    if let lease { return lease }
    throw TaskError(
      .invariant, "`\(context.id)` would change `\(host.name)` without the right to")
  }

  /// Runs a script that changes the host; see ``Lease/run(_:_:input:as:on:since:in:)``.
  func change(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil, as step: HostStep? = nil,
    in context: TaskContext
  ) async throws(TaskError) -> String {
    try await right(in: context).run(
      script, arguments, input: input, as: step, on: host,
      since: try context.output(of: facts).applied, in: context)
  }
}
