// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What happens to an effect: asked of the observation first, run only where the world differs, its
// receipt written at once.

import Cache

extension TaskPerformer {
  /// Performs an effect.
  func effect<Kind: EffectTask>(_ task: Kind, _ request: Request) async -> TaskResult {
    let reads = ReadSet()
    let log = LineBuffer()
    var context = self.context(request, reads, log)
    context.isForced = isForced(request)
    let manifest: Manifest
    let key: Digest
    var reason = Reason.forced
    do throws(TaskError) {
      manifest = try await Keying.manifest(
        of: task, .effect, upstream: request.upstream, outputs: .none,
        timeout: request.node.policy.timeout, salt: options.salt, in: context)
      key = manifest.key
      context.manifest = manifest
      if !context.isForced {
        let seen = try task.observed(
          key: key, receipt: receipts[request.node.id.text], in: context)
        switch seen {
        case .holds(let value, let word):
          return satisfied(value, word, key, manifest, reads.all, request)
        case .differs(let word):
          let explained = Self.reason(manifest, request.last)
          if case .changed = explained { reason = explained } else { reason = .stateDiffers(word) }
        }
      }
    } catch {
      return failure(error, request, .unknown("its inputs could not be read"), log)
    }
    if let permitted = options.permitted, !permitted.contains(request.node.id) {
      return failure(
        TaskError(
          .moved("plan"), "the saved plan does not let it run: \(ReasonFormat.text(reason))",
          hint: "make the plan anew"),
        request, reason, log)
    }
    emit(.started(request.node.id, reason))
    CrashPoint.effects.pass()
    let start = clock.now
    let ran = await attempts(request).run { [context] () async throws(TaskError) in
      try await task.run(in: context)
    }
    let duration = clock.now - start
    switch ran {
    case .success(let value):
      let bytes = value.storedBytes
      CrashPoint.effects.pass()
      record(
        Ledger.Receipt(
          effect: request.node.id.text, key: key, value: bytes, runID: runID,
          at: RunClock.wallNanoseconds), request)
      var result = TaskResult(
        position: request.position, outcome: .executed(.nanoseconds(duration)), reason: reason)
      result.value = value
      result.digest = Keying.digest(value: bytes, outputs: [])
      result.reads = reads.all
      result.entry = entry(
        request, key: key, manifest: manifest, bytes: bytes, outputs: [], identities: [],
        duration: duration, succeeded: true, reason: reason)
      return result
    case .failure(let error):
      return failure(error, request, reason, log, manifest: manifest, key: key)
    }
  }

  private func satisfied<Value: Storable>(
    _ value: Value, _ word: String, _ key: Digest, _ manifest: Manifest,
    _ reads: ReadSet.Contents, _ request: Request
  ) -> TaskResult {
    let bytes = value.storedBytes
    var result = TaskResult(
      position: request.position,
      outcome: .reused(saved: .nanoseconds(request.last?.duration ?? 0), restored: 0),
      reason: .observed(word))
    result.value = value
    result.digest = Keying.digest(value: bytes, outputs: [])
    result.reads = reads
    result.isProvable = true
    if request.last?.key != key || request.last?.succeeded != true {
      result.entry = entry(
        request, key: key, manifest: manifest, bytes: bytes, outputs: [], identities: [],
        duration: request.last?.duration ?? 0, succeeded: true)
      result.entry = result.entry?.explained(as: request.last)
    }
    return result
  }
}
