// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The lock of an environment, held on each of its hosts while one run changes them: taken with the
// first change, kept alive by heartbeats, given back at the end.

package import TaskGraph

/// The right of one run to change the hosts of an environment.
///
/// A lease may outlive a graph: after an error with the code `moved` the same goal is planned again
/// with the same lease, which stays held; ``refresh()`` says that facts were read anew. It is given
/// back with ``release(recording:)`` alone.
package actor Lease {
  /// The variable by which programs that a deploy starts know its lock for theirs: tokens with commas.
  package static let variable = "STAGECRAFT_LOCK_TOKEN"

  /// The lock of one host while it is ours.
  struct Held {
    let host: Host
    var fence: RemoteScript.Fence
    /// Whether the program that started this one holds it.
    let isInherited: Bool
    /// What was applied there when it was taken.
    let applied: HostApplied
    /// Whether an earlier run of this checkout had left it behind, whose last script may have ended after
    /// callers looked at the host.
    var isLeftover = false
    /// The host's clock when it was taken.
    var clock = ReleaseTime(nanoseconds: 0)
    /// What the greatest id stands for that a release there has or had.
    var newest: ReleaseTime?
  }

  enum Stage {
    case idle
    case taking([CheckedContinuation<TaskError?, Never>])
    case held
  }

  /// Sorted by name: whoever begins with the same host cannot wait for us while we wait for them.
  var hosts: [Host]
  let owner: String
  /// Tells this holder from others of the same name.
  package nonisolated let token: String
  /// Tells this run from earlier ones with the same token.
  let run = String(UInt64.random(in: .min ... .max), radix: 36)
  let wait: Duration?
  let timing: LeaseTiming
  /// How many scripts of this run were given a name on their host.
  private var steps = 0
  var stage = Stage.idle
  var held: [String: Held] = [:]
  var unreachable: [String: TaskError] = [:]
  /// The host because of which what callers know may be wrong.
  var stale: String?
  var caller: RemoteCaller?
  var heart: Task<Void, Never>?
  /// What is told since a lock was lost: nothing is run after that.
  var lost: TaskError?
  /// Whether another holder was waited for, so that what callers know was read before that.
  var waited = false
  /// What this run's release is called while the locks are held.
  var name: ReleaseName?
  /// A release that may be there though callers do not know of it.
  private let over: String?
  private let named: ReleaseName?
  private let onHold: @Sendable (ReleaseName) -> Void

  /// A lease on `hosts` that is not taken yet; `wait` is how long another holder may be waited for,
  /// nil for not at all.
  ///
  /// `over` names a release that may have come between the look at a host and its
  /// lock. `onHold` is told what the release is called, once all locks are held; where that is to be a
  /// given name, `named` is it.
  package init(
    hosts: [Host], owner: String, token: String, wait: Duration?, over: String? = nil,
    named: ReleaseName? = nil, timing: LeaseTiming = LeaseTiming(),
    onHold: @escaping @Sendable (ReleaseName) -> Void = { _ in }
  ) {
    self.over = over
    self.named = named
    self.onHold = onHold
    self.hosts = hosts.sorted { $0.name < $1.name }
    self.owner = owner
    self.token = token
    self.wait = wait
    self.timing = timing
  }

  deinit {
    heart?.cancel()
    LockClaim.end(run)
  }

  // MARK: Use

  /// Leaves a host out: no lock is taken there.
  ///
  /// For hosts whose facts could not be had; one that cannot be reached when locks are taken is left
  /// out as well, and fails what is run on it alone.
  package func exclude(_ host: Host) { hosts.removeAll { $0.name == host.name } }

  /// From now on callers know what is on the hosts: their facts are read while the locks are held.
  ///
  /// A lock that was lost stays lost: nothing is run under this lease any more.
  package func refresh() {
    stale = nil
    waited = false
  }

  /// Takes the locks of all hosts, where that has not been done.
  package func hold(in context: TaskContext) async throws(TaskError) {
    while true {
      switch stage {
      case .held: return
      case .taking:
        let error = await withCheckedContinuation {
          (continuation: CheckedContinuation<TaskError?, Never>) in
          guard case .taking(let waiting) = stage else {
            return continuation.resume(returning: nil)
          }
          stage = .taking(waiting + [continuation])
        }
        // Where only that task was stopped, the next one goes on.
        if let error, error.code != .cancelled { throw error }
        if Task.isCancelled { throw TaskError.interrupted }
      case .idle:
        if let lost { throw lost }
        stage = .taking([])
        LockClaim.begin(run)
        let caller = self.caller ?? RemoteCaller(context).silent
        self.caller = caller
        do throws(TaskError) {
          try await take(caller, in: context)
        } catch {
          await giveBack(caller, isUnsure: error.code == .cancelled)
          LockClaim.end(run)
          leave(.idle, error)
          throw error
        }
        begin()
        leave(.held, nil)
        startBeating()
      }
    }
  }

  /// What the release is called that this run makes; takes the locks where that has not been done.
  ///
  /// Its id is greater than every id that one of the locked hosts has or ever had, whatever the clocks
  /// of operators say, and one for as long as the lease is held, whoever asks.
  package func releaseName(in context: TaskContext) async throws(TaskError) -> ReleaseName {
    try await hold(in: context)
    if let lost { throw lost }
    if let name { return name }
    // No host can be reached: nothing will be released.
    throw unreachable.values.min { $0.message < $1.message }
      ?? TaskError(.invariant, "`\(context.id)` would make a release for no host")
  }

  /// Names the release, now that the hosts have said what they have: the latest of their clocks, or the
  /// first millisecond after their newest release.
  private func begin() {
    let newest = held.values.compactMap { $0.applied.newest?.release }
    let ids = newest.compactMap { ReleaseTime(releaseID: $0) } + held.values.compactMap(\.newest)
    let moments = ids.map(\.nextMillisecond) + held.values.map(\.clock)
    guard let latest = moments.max() else { return }
    let name = named ?? ReleaseName(time: latest, previous: newest.max())
    self.name = name
    for host in held.keys {
      held[host]?.fence.release = name.id
      held[host]?.fence.owner = owner
    }
    onHold(name)
  }

  /// Runs a script that changes `host`: takes the locks of all hosts first where that has not been
  /// done, and lets the host refuse the script where the lock is no longer ours.
  ///
  /// `applied` is what the caller knows to be applied there. Where it was read before another holder was
  /// waited for, or before an earlier run of this checkout was over, the error has the code `moved`; where
  /// somebody came in between otherwise, `superseded`.
  ///
  /// As a `step` it goes on on the host whatever becomes of this run, which hears it to its end.
  package func run(
    _ script: String, _ arguments: [String] = [], input: [UInt8]? = nil,
    as step: HostStep? = nil, on host: Host, since applied: HostApplied, in context: TaskContext
  ) async throws(TaskError) -> String {
    var script = RemoteScript(script, arguments, input: input)
    script.job = step.map { step in
      steps += 1
      return HostJob(
        directory: host.directory, name: "\(run)-\(steps)", words: step.words, limit: step.limit,
        stops: step.stops)
    }
    return try await send(script, on: host, since: applied, in: context)
  }

  /// The same, with what a local command writes as the script's standard input; see
  /// ``RemoteShell/pipe(from:_:_:in:)``.
  package func pipe(
    from producer: Command, _ script: String, _ arguments: [String] = [], on host: Host,
    since applied: HostApplied, in context: TaskContext
  ) async throws(TaskError) -> String {
    var piped = RemoteScript(script, arguments)
    piped.producer = producer
    return try await send(piped, on: host, since: applied, in: context)
  }

  private func send(
    _ script: RemoteScript, on host: Host, since applied: HostApplied, in context: TaskContext
  ) async throws(TaskError) -> String {
    try await hold(in: context)
    if let lost { throw lost }
    guard let lock = held[host.name] else {
      throw unreachable[host.name]
        ?? TaskError(.invariant, "`\(context.id)` would change `\(host.name)`, which is not locked")
    }
    try compare(lock, applied)
    var script = script
    script.fence = lock.fence
    do throws(TaskError) {
      return try await RemoteCaller(context).call(script, on: host)
    } catch {
      guard case .lockLost = error.code else { throw error }
      throw await lose(lock)
    }
  }

  /// Notes that a lock is lost, and with it all that this run still would do; returns what is told.
  func lose(_ lock: Held) async -> TaskError {
    held[lock.host.name] = nil
    if let lost { return lost }
    var holder: LockHolder?
    if let caller {
      do throws(TaskError) {
        holder = try await HostLock(host: lock.host, caller: caller).holder()
      } catch {
        // Who it is stays unknown; that the lock is not ours any more is known.
      }
    }
    let error = lost ?? LockErrors.lost(lock.host, holder)
    lost = error
    return error
  }

  /// Refuses to go on where a host has something else applied than callers know of: for work beside
  /// hosts, which no script of a host stands before.
  package func check(_ host: String, since applied: HostApplied) throws(TaskError) {
    if let lock = held[host] { try compare(lock, applied) }
  }

  /// Compares what a caller knows of a host with what the lock found there: a newer one is never
  /// replaced by a plan that does not know of it.
  private func compare(_ lock: Held, _ applied: HostApplied) throws(TaskError) {
    if waited, let stale { throw LockErrors.moved(stale) }
    guard lock.applied == applied else {
      // Of what this checkout itself did, and of what was named, a new plan may be made.
      let isKnown = lock.isLeftover || over != nil && lock.applied.newest?.release == over
      throw isKnown
        ? LockErrors.moved(lock.host.name)
        : LockErrors.superseded(lock.host.name, by: lock.applied)
    }
    if let stale { throw LockErrors.moved(stale) }
  }

  func leave(_ next: Stage, _ error: TaskError?) {
    guard case .taking(let waiting) = stage else { return }
    stage = next
    for continuation in waiting { continuation.resume(returning: error) }
  }
}
