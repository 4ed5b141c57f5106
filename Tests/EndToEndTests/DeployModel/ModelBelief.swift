// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What the oracle holds to be true of an application that runs somewhere, service by service, and how that
// follows from what was asked and how it ended. Values only: it sees no engine.

/// What one service may run.
struct ModelBelief: Hashable, Sendable {
  /// Every version that may be there; more than one after a run that did not get through.
  var may: Set<ModelService> = []
  /// Whether it may have no container at all.
  var mayBeAbsent = false
  /// Whether somebody stopped or removed something of it by hand.
  var isHarmed = false

  /// What it surely runs.
  var certain: ModelService? { may.count == 1 && !mayBeAbsent && !isHarmed ? may.first : nil }
}

/// What a run of the program was asked to bring about.
struct ModelRequest: Sendable {
  /// What is to be run; a rollback's is another than the files'.
  var target: [String: ModelService]
  /// The services it may change; nil for all.
  var covered: Set<String>?
  /// Whether a failure is taken back.
  var undoes = false
  /// A signal that was sent in mid-run.
  var signal: Int32?
  /// Whether it is a rollback.
  var isWayBack = false

  func covers(_ name: String) -> Bool { covered?.contains(name) ?? true }

  /// Services that cannot be brought about.
  var broken: Set<String> {
    Set(target.filter { $0.value.health != .good && covers($0.key) }.keys)
  }

  /// The exit codes that are no contradiction.
  func statuses(hasSpoken: Bool) -> Set<Int32> {
    var statuses: Set<Int32> = broken.isEmpty ? [0] : [2, 10]
    if let signal {
      if signal != 9 { statuses.insert(130) }
      // Before it is ready to be told anything it ends as every program does.
      if signal == 9 || !hasSpoken { statuses.insert(128 + signal) }
    }
    return statuses
  }

  /// What is true after a run of it that ended so, from what was true before.
  func after(_ before: [String: ModelBelief], status: Int32) -> [String: ModelBelief] {
    var after: [String: ModelBelief] = [:]
    for name in Set(before.keys).union(target.keys) {
      let old = before[name] ?? ModelBelief(mayBeAbsent: true)
      let new = target[name]
      guard covers(name) else {
        after[name] = uncovered(name, old)
        continue
      }
      if status == 0 {
        if let new { after[name] = ModelBelief(may: [new]) }
        continue
      }
      var belief = old
      let wasThere = before[name].map { !$0.mayBeAbsent } ?? false
      if let new, new.health == .good, !(undoes && signal == nil && wasThere) {
        belief.may.insert(new)
      }
      // What is begun and what is put back may be of any of the shapes that it had.
      if new == nil { belief.mayBeAbsent = true }
      after[name] = belief
    }
    return after.filter { $0.value.mayBeAbsent || !$0.value.may.isEmpty }
  }

  /// A service that shares the network of one that is replaced goes with it.
  private func uncovered(_ name: String, _ old: ModelBelief) -> ModelBelief? {
    var belief = old
    if let shared = target[name]?.shares, covers(shared), let new = target[name],
      new.health == .good, !old.may.isEmpty
    {
      belief.may.insert(new)
    }
    return belief.may.isEmpty ? nil : belief
  }
}
