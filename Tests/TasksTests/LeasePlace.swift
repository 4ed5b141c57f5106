// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Hosts for tests of locks: folders of this machine, with the real scripts, reached by a stand-in for `ssh`.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

/// Hosts that are folders, and contexts to work on them.
struct LeasePlace: Sendable {
  let tree: FileTree
  let fixture: TaskFixture
  let environment: [String: String]

  func host(_ name: String) -> Host {
    Host(
      name: name, reach: .ssh, directory: tree.path("hosts/\(name)/p/staging").string,
      composeProject: "p")
  }

  /// The name of a process of this machine that was and is no more.
  func deadProcess() async throws -> String {
    let said = Mutex("")
    _ = try await SubprocessRunner().run(
      Command("/bin/sh", ["-c", "echo $$"], directory: "/", environment: environment)
    ) { line, _ in said.withLock { $0 = line } }
    let words = ProcessIdentity.current.split(separator: " ")
    return "\(words[0]) \(words[1]) \(said.withLock { $0 }) 1"
  }

  /// Takes the locks as a task and returns its error.
  func hold(_ lease: Lease) async throws -> TaskError? {
    try await task { context async throws(TaskError) in try await lease.hold(in: context) }
  }

  /// Runs a script as a task and returns its error.
  func run(
    _ script: String, _ arguments: [String] = [], on host: Host,
    since applied: HostApplied = HostApplied(),
    under lease: Lease, adding variables: [String: String] = [:]
  ) async throws -> TaskError? {
    try await task(adding: variables) { context async throws(TaskError) in
      _ = try await lease.run(script, arguments, on: host, since: applied, in: context)
    }
  }

  /// Takes the locks as a task and returns the id of the release.
  func releaseID(_ lease: Lease) async throws -> String? {
    let found = Mutex<String?>(nil)
    let error = try await task { context async throws(TaskError) in
      let id = try await lease.releaseName(in: context).id
      found.withLock { $0 = id }
    }
    #expect(error == nil)
    return found.withLock { $0 }
  }

  /// Removes the lock of a host as `stagecraft unlock` does; whether anything ran, and whose it was.
  func unlock(_ host: Host) async throws -> (String, LockHolder?) {
    var graph = Graph()
    let lock = try graph.add(HostLockTask(id: TaskID("lock"), host: host))
    try graph.add(HostUnlock(id: TaskID("unlock"), host: host, lock: lock), after: [lock.id])
    let run = await fixture.run(graph, environment: environment)
    let seen = run.result.observations[lock.id] as? HostLockTask.Output
    if case .executed = run.outcomes["unlock"] { return ("executed", seen?.holder) }
    if case .reused = run.outcomes["unlock"] { return ("observed", seen?.holder) }
    return ("\(run.outcomes)", nil)
  }

  /// Runs `body` as a task and returns its error.
  func task(
    adding variables: [String: String] = [:],
    _ body: @escaping @Sendable (TaskContext) async throws(TaskError) -> Void
  ) async throws -> TaskError? {
    var graph = Graph()
    try graph.add(
      LookingTask { context async throws(TaskError) in
        try await body(context)
      })
    let run = await fixture.run(
      graph, environment: environment.merging(variables) { _, new in new })
    return run.error(of: "look")
  }

  /// A place of its own for one test, removed after it.
  static func with(_ body: (LeasePlace) async throws -> Void) async throws {
    ignoreClosedPipes()
    try await TemporaryDirectory.with { tree in
      let fixture = try TaskFixture(in: tree, commands: SubprocessRunner())
      // Runs the last argument as the login shell of a host would.
      try tree.write(
        "bin/ssh", "#!/bin/sh\nfor last; do :; done\nexec /bin/sh -c \"$last\"\n", mode: 0o755)
      try await body(
        LeasePlace(
          tree: tree, fixture: fixture,
          environment: [
            "PATH": tree.path("bin").string + ":/usr/bin:/bin",
            "XDG_RUNTIME_DIR": tree.path("run").string,
          ]))
    }
  }

  /// How time passes in tests: a lock expires when its heartbeat says so, never because the machine is slow.
  static var timing: LeaseTiming {
    var timing = LeaseTiming()
    timing.expiry = 86_400
    return timing
  }

  /// The locks of hosts for a holder of that name.
  static func lease(
    _ hosts: [Host], _ token: String, wait: Duration? = nil, timing: LeaseTiming = Self.timing
  ) -> Lease {
    Lease(hosts: hosts, owner: "\(token)@laptop", token: token, wait: wait, timing: timing)
  }
}

/// A task that is never reused.
private struct LookingTask: ObserveTask {
  static let kind = "looking"
  static let revision = 1
  let id = TaskID("look")
  let request: [UInt8] = []
  let body: @Sendable (TaskContext) async throws(TaskError) -> Void

  init(_ body: @escaping @Sendable (TaskContext) async throws(TaskError) -> Void) {
    self.body = body
  }

  func describe(into manifest: inout Manifest, in context: TaskContext) async throws(TaskError) {}

  func run(in context: TaskContext) async throws(TaskError) -> String {
    try await body(context)
    return ""
  }
}
