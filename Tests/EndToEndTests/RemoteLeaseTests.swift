// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Locks on real hosts: two runs at once, a host that is cut off, the end of a run that was stopped.

import Cache
import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

extension RemoteHostTests {
  struct RemoteLeaseTests {
    /// A task that does what a closure says, each time.
    private struct ActTask: ObserveTask {
      static let kind = "act"
      static let revision = 1
      let id = TaskID("act")
      let request: [UInt8] = []
      let body: @Sendable (TaskContext) async throws(TaskError) -> Void

      func describe(
        into manifest: inout Manifest, in context: TaskContext
      ) async throws(TaskError) {}

      func run(in context: TaskContext) async throws(TaskError) -> String {
        try await body(context)
        return ""
      }
    }

    private static func task(
      adding variables: [String: String] = [:],
      _ body: @escaping @Sendable (TaskContext) async throws(TaskError) -> Void
    ) async throws -> TaskError? {
      ignoreClosedPipes()
      return try await TaskFixture.with(commands: SubprocessRunner()) { fixture in
        var graph = Graph()
        try graph.add(ActTask(body: body))
        let run = await fixture.run(
          graph, environment: RemoteStack.environment.merging(variables) { _, new in new })
        return run.error(of: "act")
      }
    }

    private static func hosts(_ names: String...) -> [Tasks.Host] {
      let first = RemoteStack.host("h1")
      return names.map { name in
        Tasks.Host(
          name: name, reach: .ssh, directory: first.directory, composeProject: first.composeProject)
      }
    }

    private static func lease(_ hosts: [Tasks.Host], _ token: String) -> Lease {
      Lease(hosts: hosts, owner: token, token: token, wait: nil)
    }

    @Test func `of two runs one changes the hosts and the other is told of it`() async throws {
      let hosts = Self.hosts("h1", "h2", "h3")
      let leases = [Self.lease(hosts, "one"), Self.lease(hosts, "two")]
      let errors = try await withThrowingTaskGroup(of: TaskError?.self) { group in
        for lease in leases {
          group.addTask {
            try await Self.task { context async throws(TaskError) in
              _ = try await lease.run("true", on: hosts[2], since: HostApplied(), in: context)
            }
          }
        }
        var errors: [TaskError?] = []
        for try await error in group { errors.append(error) }
        return errors
      }
      #expect(errors.count { $0 == nil } == 1)
      #expect(errors.compactMap { $0 }.first?.code == .locked("h1"))
      for lease in leases { #expect(await lease.release() == [:]) }
      for host in hosts {
        let left = try await RemoteStack.caller().call(
          RemoteScript("ls \"$1\"", [host.directory]), on: host)
        // The id of the last release that was made there is kept.
        #expect(left == "sequence\n")
      }
    }

    @Test func `a host that is cut off fails alone`() async throws {
      let hosts = Self.hosts("h1", "h2", "h3")
      try RemoteStack.stack("partition", "h2").ends(0)
      defer { _ = try? RemoteStack.stack("heal", "h2") }
      let lease = Self.lease(hosts, "one")
      try await RemoteStack.withFolder { folder in
        let variables = ["XDG_RUNTIME_DIR": folder, "STAGECRAFT_SSH_TIMEOUT": "2"]
        let error = try await Self.task(adding: variables) { context async throws(TaskError) in
          for host in [hosts[0], hosts[2]] {
            _ = try await lease.run("true", on: host, since: HostApplied(), in: context)
          }
          _ = try await lease.run("true", on: hosts[1], since: HostApplied(), in: context)
        }
        #expect(error?.code == .unavailable("h2"))
        #expect(await lease.release() == [:])
      }
    }

    @Test func `a run that is stopped in the middle of taking leaves no lock behind`() async throws
    {
      let hosts = Self.hosts("h1", "h2", "h3")
      let lease = Self.lease(hosts, "one")
      let stopped = Task {
        try await Self.task { context async throws(TaskError) in
          withUnsafeCurrentTask { $0?.cancel() }
          try await lease.hold(in: context)
        }
      }
      _ = try await stopped.value
      #expect(await lease.release() == [:])
      for host in hosts {
        let left = try await RemoteStack.caller().call(
          RemoteScript("ls \"$1\" 2>/dev/null || true", [host.directory]), on: host)
        #expect(left == "")
      }
    }
  }
}
