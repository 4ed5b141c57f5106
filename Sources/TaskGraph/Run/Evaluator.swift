// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a run would do, without doing it: the same keys from the same code, and no operation in reach
// that changes anything.

package import Cache

/// Evaluates graphs without running them: reads files and records, and can write nothing.
///
/// Makes observations that read this machine only; with `asksAround` all: engine, registry, hosts.
package struct Evaluator: Sendable {
  private let state: StateReader
  private let environment: [String: String]
  private let options: RunOptions
  /// Runs the commands of observations, which by their kind change nothing.
  private let observers: LookingCommands
  private let asksAround: Bool
  /// Files that are taken to be edited, relative to the root.
  private let edited: [String]

  /// An evaluator over these stores.
  package init(
    state: ProjectState, environment: [String: String], options: RunOptions,
    observers: (any CommandRunner)? = nil, asksAround: Bool = false, edited: [String] = []
  ) {
    self.edited = edited
    self.state = StateReader(state)
    self.environment = environment
    self.options = options
    self.observers = LookingCommands(observers)
    self.asksAround = asksAround && observers != nil
  }

  /// What is known of a task while those after it are evaluated.
  private struct Known {
    var status: PlanEntry.Status
    var taskClass: TaskClass
    /// What it produced last; an assumption unless the status is `hit`.
    var value: (any Storable)?
    var digest: Digest?
    /// The files that it makes.
    var outputs = OutputDeclaration.none
    /// Whether an observation was left out: it is no part of a plan without network.
    var isUnasked = false
    /// Whether `value` is what a run will make of it, though it has yet to.
    var isSettled = false
    /// Of an observation that is made later, whether `value` is what can be told of it now.
    var isPreview = false

    /// Whether what comes after it cannot know its output, which some effects always leave empty.
    var isOpen: Bool {
      guard status != .hit, !isUnasked, !isSettled else { return false }
      return taskClass != .effect || value?.storedBytes.isEmpty != true
    }
  }

  /// One entry a task, in the order of the graph.
  package func entries(of graph: Graph, index: TaskIndex) async -> [PlanEntry] {
    let receipts = state.receipts
    var known: [Known] = []
    known.reserveCapacity(graph.nodes.count)
    var pending = PendingOutputs()
    for path in edited {
      // One that cannot be read is one that is not there, which an edit would make.
      pending.pretendEdit(of: path, try? state.files.entry(for: path))
    }
    var entries: [PlanEntry] = []
    entries.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      let before = node.dependencies.map { known[Int($0)] }
      let ids = node.dependencies.map { graph.nodes[Int($0)].id }
      let last = index[node.id.text]
      var judged: Judgement
      switch node.work {
      case .pure(let task):
        judged = await judge(
          task, .pure, task.outputs, node, ids, before, last, receipt: nil, pending)
        await settle(task, node, ids, before, &judged, pending)
      case .observe(let task):
        judged = await observe(task, node, ids, before, pending)
      case .effect(let task):
        judged = await judge(
          task, .effect, .none, node, ids, before, last, receipt: receipts[node.id.text],
          pending, look: EffectLook(task, receipts[node.id.text]))
        if judged.known.status != .hit {
          judged.differences = task.differences(
            since: last?.succeeded == true ? last?.manifest : nil,
            in: context(node, ids, before, LookingCommands(nil)))
        }
      }
      known.append(judged.known)
      if let restored = judged.restored {
        pending.add(restored, replacing: last?.outputs ?? [])
      }
      entries.append(
        PlanEntry(
          id: node.id, kind: node.kind, taskClass: node.taskClass, policy: node.policy,
          status: node.taskClass == .observe ? .run : judged.known.status, reason: judged.reason,
          dependsOn: ids, inputs: judged.inputs, expected: last.map { .nanoseconds($0.duration) },
          state: node.taskClass == .observe ? judged.known.digest : judged.key,
          differences: judged.differences, seen: judged.seen, advice: judged.advice))
    }
    return entries
  }

  private struct Judgement {
    var known: Known
    var reason: Reason
    var inputs: [String]
    var manifest: Manifest?
    var key: Digest? { manifest?.key }
    /// The outputs that a run would bring back.
    var restored: [OutputFile]?
    var differences: [Difference] = []
    var seen: [Observation]?
    /// What to do about a reason that is a refusal.
    var advice: String?
  }

  /// Makes an observation that may be made; what cannot be known yet stays open.
  private func observe<Kind: ObserveTask>(
    _ task: Kind, _ node: Graph.Node, _ ids: [TaskID], _ before: [Known],
    _ pending: PendingOutputs
  ) async -> Judgement {
    var known = Known(status: .run, taskClass: .observe)
    var context = context(node, ids, before, observers)
    context.pending = pending
    guard Kind.isLocal || asksAround else {
      if let value = task.remembered {
        known.status = .hit
        known.value = value
        known.digest = Digest.of(value.storedBytes)
      } else {
        known.isUnasked = true
      }
      return Judgement(known: known, reason: .alwaysObserves, inputs: [])
    }
    guard before.allSatisfy({ $0.status == .hit || $0.isSettled }) || Kind.self == Gate.self else {
      // One that depends on what is left out is left out as well.
      known.isUnasked = !before.contains(where: \.isOpen)
      if !known.isUnasked {
        do throws(TaskError) {
          known.value = try await task.preview(in: context)
        } catch {
          return Judgement(known: known, reason: .unknown(error.message), inputs: [])
        }
        known.isPreview = known.value != nil
      }
      return Judgement(known: known, reason: .alwaysObserves, inputs: [])
    }
    do throws(TaskError) {
      let value = try await task.run(in: context)
      known.status = .hit
      known.value = value
      known.digest = Digest.of(value.storedBytes)
      var judgement = Judgement(known: known, reason: .alwaysObserves, inputs: [])
      judgement.seen = task.parts(of: value)
      judgement.differences = task.news(of: value)
      return judgement
    } catch {
      return Judgement(known: known, reason: .unknown(error.message), inputs: [])
    }
  }

  /// Finds out what a task will make, where that costs little and changes nothing.
  private func settle<Kind: PureTask>(
    _ task: Kind, _ node: Graph.Node, _ ids: [TaskID], _ before: [Known],
    _ judged: inout Judgement, _ pending: PendingOutputs
  ) async {
    guard Kind.isPreviewable, judged.known.status == .run, let manifest = judged.manifest,
      !before.contains(where: \.isOpen)
    else { return }
    var context = context(node, ids, before, observers)
    context.manifest = manifest
    context.pending = pending
    do throws(TaskError) {
      let value = try await task.run(in: context)
      judged.known.value = value
      judged.known.digest = Keying.digest(value: value.storedBytes, outputs: [])
      judged.known.isSettled = true
    } catch {
      judged.reason = .unknown(error.message)
    }
  }

  private func context(
    _ node: Graph.Node, _ ids: [TaskID], _ before: [Known], _ commands: LookingCommands
  ) -> TaskContext {
    var values: [TaskID: any Storable] = [:]
    for (id, other) in zip(ids, before) { values[id] = other.value }
    var context = TaskContext(
      id: node.id, root: state.root, files: state.files, environment: environment,
      commands: commands, reads: ReadSet(), upstream: values,
      temporary: state.temporary, onLine: { _, _ in })
    context.unsettled = Set(zip(ids, before).filter { $1.isOpen }.map(\.0))
    return context
  }

  private func judge<Kind: TaskKind>(
    _ task: Kind, _ taskClass: TaskClass, _ outputs: OutputDeclaration, _ node: Graph.Node,
    _ ids: [TaskID], _ before: [Known], _ last: TaskIndex.Entry?, receipt: Ledger.Receipt?,
    _ pending: PendingOutputs, look: EffectLook? = nil
  ) async -> Judgement {
    var known = Known(status: .run, taskClass: taskClass, outputs: outputs)
    known.value = last.flatMap { Kind.Output.read($0.value) }
    known.digest = last?.valueDigest
    let running = zip(ids, before).filter { $1.isOpen }.map(\.0)
    var context = context(node, ids, before, LookingCommands(nil))
    context.pending = pending
    let manifest: Manifest
    do throws(TaskError) {
      manifest = try await Keying.manifest(
        of: task, taskClass,
        upstream: zip(ids, before).map {
          Keying.Upstream(id: $0, taskClass: $1.taskClass, digest: $1.digest)
        }, outputs: outputs, timeout: node.policy.timeout, salt: options.salt, in: context)
    } catch {
      // Before the first run of what comes before, its output is not there to be read.
      if !running.isEmpty {
        known.status = last == nil ? .run : .maybe
        return Judgement(
          known: known, reason: last == nil ? .neverRan : .upstreamRuns(running), inputs: [])
      }
      return Judgement(known: known, reason: .unknown(error.message), inputs: [])
    }
    let inputs = manifest.inputNames
    if options.force?.matches(node.id.text) == true {
      return Judgement(known: known, reason: .forced, inputs: inputs)
    }
    let canLook =
      before.contains { $0.taskClass == .observe } && !before.contains(where: \.isUnasked)
    // Where it waits only for observations that are made later, and needs of them what is known now,
    // its key is the final one.
    let isKeyed =
      look?.isDecided(context) == true
      && zip(ids, before).allSatisfy { !$1.isOpen || $1.isPreview }
    if !canLook, let value = look?.presumed(context) {
      known.status = .hit
      known.value = value
      known.digest = Keying.digest(value: value.storedBytes, outputs: [])
      return Judgement(known: known, reason: .recorded, inputs: inputs, manifest: manifest)
    }
    if !running.isEmpty, canLook || !isKeyed {
      var judgement = undecided(
        manifest, last, known, inputs, running, zip(ids, before).filter { $1.isOpen })
      judgement.manifest = manifest
      guard canLook, let look else { return judgement }
      context.manifest = manifest
      let seen = Result { () throws(TaskError) in try look.seen(manifest.key, context) }
      let isDecided = look.isDecided(context)
      // What differs now will do so then; what is as desired now may not be then.
      switch seen {
      case .success((nil, let word)) where isDecided || !before.contains(where: \.isPreview):
        judgement.known.status = .run
        judgement.reason = .stateDiffers(word)
      case .success((let value?, let word)) where isDecided:
        judgement.known.status = .hit
        judgement.known.value = value
        judgement.known.digest = Keying.digest(value: value.storedBytes, outputs: [])
        judgement.reason = .observed(word)
      case .success:
        judgement.known.status = .maybe
        judgement.reason = .upstreamRuns(running)
      // What is not known yet says nothing; what is known and refused would be the end of the run as well.
      case .failure(let error):
        guard error.code != .invariant else { break }
        (judgement.reason, judgement.advice) = (.unknown(error.message), error.hint)
      }
      return judgement
    }
    var judgement = judged(
      task, taskClass, manifest, last, known, inputs, receipt: receipt,
      look: canLook ? look : nil, in: context)
    judgement.manifest = manifest
    return judgement
  }

  /// What follows for a task before which others run.
  private func undecided(
    _ manifest: Manifest, _ last: TaskIndex.Entry?, _ start: Known, _ inputs: [String],
    _ running: [TaskID], _ unknown: [(TaskID, Known)]
  ) -> Judgement {
    var known = start
    guard let last else { return Judgement(known: known, reason: .neverRan, inputs: inputs) }
    // With what came before assumed to come out as it did: is there a reason of its own?
    let own = manifest.changes(since: last.manifest).filter { change in
      change.new != Manifest.unknown && !unknown.contains { Self.mayUndo(change, $0, $1) }
    }
    known.status = own.isEmpty ? .maybe : .run
    return Judgement(
      known: known, reason: own.isEmpty ? .upstreamRuns(running) : .changed(own), inputs: inputs)
  }

  /// What follows for a task before which everything is known.
  private func judged<Kind: TaskKind>(
    _ task: Kind, _ taskClass: TaskClass, _ manifest: Manifest, _ last: TaskIndex.Entry?,
    _ start: Known, _ inputs: [String], receipt: Ledger.Receipt?, look: EffectLook?,
    in reading: TaskContext
  ) -> Judgement {
    var known = start
    var context = reading
    let key = manifest.key
    if let look {
      context.manifest = manifest
      return seen(
        Result { () throws(TaskError) in try look.seen(key, context) }, manifest, last, known,
        inputs)
    }
    if taskClass == .effect {
      if let receipt, receipt.key == key,
        let value = Kind.Output.read(receipt.value)
      {
        known.status = .hit
        known.value = value
        known.digest = Keying.digest(value: receipt.value, outputs: [])
        return Judgement(known: known, reason: .recorded, inputs: inputs)
      }
      // Somebody else did it: a run found it done, and has nothing of its own in the ledger.
      if let last, last.key == key, last.succeeded, known.value != nil {
        known.status = .hit
        return Judgement(known: known, reason: .recorded, inputs: inputs)
      }
      return Judgement(
        known: known, reason: TaskPerformer.reason(manifest, last), inputs: inputs)
    }
    return pure(Kind.self, key, manifest, last, known, inputs)
  }

  /// What follows from a look at the world.
  private func seen(
    _ look: Result<(value: (any Storable)?, word: String), TaskError>, _ manifest: Manifest,
    _ last: TaskIndex.Entry?, _ start: Known, _ inputs: [String]
  ) -> Judgement {
    var known = start
    switch look {
    case .failure(let error):
      return Judgement(
        known: known, reason: .unknown(error.message), inputs: inputs, advice: error.hint)
    case .success((let value?, let word)):
      known.status = .hit
      known.value = value
      known.digest = Keying.digest(value: value.storedBytes, outputs: [])
      return Judgement(known: known, reason: .observed(word), inputs: inputs)
    case .success((nil, let word)):
      let explained = TaskPerformer.reason(manifest, last)
      if case .changed = explained {
        return Judgement(known: known, reason: explained, inputs: inputs)
      }
      return Judgement(known: known, reason: .stateDiffers(word), inputs: inputs)
    }
  }

  private func pure<Kind: TaskKind>(
    _: Kind.Type, _ key: Digest, _ manifest: Manifest, _ last: TaskIndex.Entry?, _ start: Known,
    _ inputs: [String]
  ) -> Judgement {
    var known = start
    var gone: String?
    if let last, last.key == key, last.succeeded, known.value != nil {
      switch state.standing(last.outputs, last.identities) {
      case .standing:
        known.status = .hit
        return Judgement(known: known, reason: .unchanged, inputs: inputs)
      case .differing(let path): gone = path
      }
    }
    if let record = state.record(key), let value = Kind.Output.read(record.value) {
      known.status = .hit
      known.value = value
      known.digest = Keying.digest(value: record.value, outputs: record.outputs)
      var judgement = Judgement(known: known, reason: .cached, inputs: inputs)
      judgement.restored = record.outputs
      return judgement
    }
    return Judgement(
      known: known,
      reason: gone.map(Reason.outputChanged) ?? TaskPerformer.reason(manifest, last),
      inputs: inputs)
  }

  /// Whether a change may be gone once `task` has run: it is of what that task makes.
  private static func mayUndo(
    _ change: Manifest.Change, _ task: TaskID, _ known: Known
  ) -> Bool {
    switch change.field {
    case .dependency: return change.name == task.text
    case .input:
      let directory = known.outputs.directory
      let prefix = directory == "." ? "" : directory + "/"
      guard !known.outputs.patterns.isEmpty, change.name.hasPrefix(prefix) else { return false }
      do {
        return try Glob(patterns: known.outputs.patterns)
          .matches(String(change.name.dropFirst(prefix.count)))
      } catch {
        return false
      }
    default: return false
    }
  }
}
