// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The runs of the program that a model makes: deploys, rollbacks, two operators at once, and deploys that
// a signal meets. Each hands what it asked for to the oracle.

import Foundation

extension ModelEpisode {
  /// What a request and its end are held against.
  struct Evidence {
    var beliefs: [String: ModelBelief]
    var containers: [SeenContainer]
  }

  /// What there is before a run.
  func before() throws -> Evidence {
    try writeFiles()
    watcher.begin()
    return Evidence(beliefs: beliefs, containers: try look())
  }

  /// Deploys all or some services; a signal comes at so many thousandths of the usual time.
  func deploy(_ part: Set<String>?, _ signal: Int32? = nil, at moment: Int = 0) throws {
    try makeWay(for: by)
    let before = try before()
    var words = ["deploy", "--env", "dev", "--yes", "--new-volumes"]
    if let part { words += ["--services", part.sorted().joined(separator: ",")] }
    let request = ModelRequest(
      target: wanted.services, covered: part, undoes: wanted.undoes, signal: signal)
    let begin = ContinuousClock.now
    let ended: Ended
    if let signal {
      let seconds = max(0.2, usualTime * Double(moment) / 900)
      let program = try start(words, by: by, background: true)
      say("sleep \(String(format: "%.2f", seconds)); kill -\(signal) $P; wait $P; echo \"exit $?\"")
      Thread.sleep(forTimeInterval: seconds)
      program.send(signal)
      ended = program.wait(seconds: 240)
      // Ctrl-C ends it with the same number where it could give its lock back.
      if ended.status == 128 + signal, signal != SIGINT { deadHolder = by }
    } else {
      ended = try run(words)
      if ended.status == 0, !ended.err.contains("nothing to do") {
        usualTime = min(60, Double((ContinuousClock.now - begin).components.seconds) + 0.5)
      }
    }
    try judge(request, ended, before)
  }

  /// What the last different composition was: nil where there is none, `.some(nil)` where nobody knows.
  private var previousComposition: [String: ModelService]?? {
    guard let current = history.last?.services else { return .some(nil) }
    for entry in history.dropLast().reversed() {
      guard entry.isClean, let services = entry.services else { return .some(nil) }
      if !Self.same(services, current) { return .some(services) }
    }
    return nil
  }

  /// Goes back to the release before.
  func rollBack() throws {
    let isKnown = history.last?.isClean ?? true && !beliefs.values.contains { $0.certain == nil }
    let target: [String: ModelService]?? = isKnown ? previousComposition : .some(nil)
    try rollBack(["--to-previous"], to: target)
  }

  /// Goes back to one of the last releases.
  func rollBack(to number: Int) throws {
    let all = history.dropLast().suffix(4).filter { $0.id != nil && $0.isClean }
    guard !all.isEmpty else { return try rollBack() }
    let entry = all[all.index(all.startIndex, offsetBy: number % all.count)]
    guard let id = entry.id, id != history.last?.id else { return try rollBack() }
    try rollBack(["--to-release", id], to: entry.services)
  }

  private func rollBack(_ words: [String], to target: [String: ModelService]??) throws {
    try makeWay(for: by)
    let before = try before()
    let ended = try run(["rollback", "--env", "dev", "--yes"] + words)
    switch target {
    case .some(.some(let services)):
      if ended.status == 1, let current = history.last?.services, Self.same(current, services) {
        return
      }
      try judge(ModelRequest(target: services, isWayBack: true), ended, before)
    case .some(.none): try judgeVaguely(ended, before)
    case .none:
      // There is nothing to go back to.
      if ended.status != 1 { try fail("idle-rollback", "no release is different: \(ended)") }
    }
  }

  /// Mends what is broken; then a deploy converges, and a second one has nothing to do.
  func settle() throws {
    wanted.mend()
    try deploy(nil)
    try rest()
  }

  /// A deploy right after one that went well changes nothing and says so.
  func rest() throws {
    let before = try before()
    let ended = try run(["deploy", "--env", "dev", "--yes", "--new-volumes"])
    try judge(ModelRequest(target: wanted.services), ended, before)
    // Files that are newer than a clock that is behind are read each time, which changes no host.
    let isBehind = by == 1 && !ended.err.contains(#/\[host/.* (running|done)/#)
    if !ended.err.contains("nothing to do"), !isBehind {
      try fail("quiet", "a second deploy had something to do: \(ended)")
    }
    let after = try look()
    if after.map(\.id) != before.containers.map(\.id) {
      try fail("quiet", "a second deploy changed \(before.containers) to \(after)")
    }
  }

  // MARK: Two operators

  /// One operator deploys; in mid-run another wants a newer version, and may remove the lock.
  func compete(stealing: Bool, at moment: Int) throws {
    wanted.mend()
    try makeWay(for: 0, 1)
    let earlier = wanted.services
    let before = try before()
    let words = ["deploy", "--env", "dev", "--yes", "--new-volumes"]
    let first = try start(words, by: 0, background: true)
    let seconds = max(0.2, usualTime * Double(moment) / 900)
    say("sleep \(String(format: "%.2f", seconds))")
    Thread.sleep(forTimeInterval: seconds)
    let other = 1 + moment % 2
    if stealing { _ = try start(["unlock", "--env", "dev"], by: other).wait() }
    // The first has read its files by now, or reads these: both are one of the two.
    for name in wanted.names {
      wanted.edit(ModelAct(.change, wanted.names.firstIndex(of: name) ?? 0))
    }
    try writeFiles(only: "../elsewhere/")
    let second = try start(words + ["--lock-wait", "90s"], by: other).wait(seconds: 240)
    let firstEnded = first.wait(seconds: 240)
    say("wait $P; echo \"exit $?\"")
    try writeFiles()
    let both = "first: \(firstEnded)\nsecond: \(second)"
    if ![0, 2, 10].contains(firstEnded.status) || second.status != 0 && stealing {
      try fail(earlier.values.contains { $0.shares != nil } ? "shared" : "two-operators", both)
    }
    let later = ModelRequest(target: wanted.services)
    let sooner = ModelRequest(target: earlier)
    if second.status == 0, stealing || firstEnded.status != 0 {
      return try judge(later, second, before, isAlone: false)
    }
    if firstEnded.status != 0, second.status != 0 {
      try fail("two-operators", "neither got through\n\(both)")
    }
    if second.status != 0 { return try judge(sooner, firstEnded, before, isAlone: false) }
    // Both went through, one after the other: the world is that of one of them, whole.
    let seen = try look()
    let isSooner = seen.contains { container in
      earlier[container.service]?.version == container.version && container.isHealthy
    }
    try judge(isSooner ? sooner : later, second, before, isAlone: false)
  }
}
