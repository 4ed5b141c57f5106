// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The oracle: what must hold after a run of the program, from what was asked and how it ended alone.

import Foundation

extension ModelEpisode {
  /// How long a service that is replaced in place may be without a healthy container.
  ///
  /// Its stop and its start take a second; a busy machine shows in the time that deploys take there.
  private var stopAndStart: Duration { .seconds(max(25, 4 * usualTime)) }

  /// Whether two compositions are the same to whoever uses them.
  static func same(_ one: [String: ModelService], _ other: [String: ModelService]) -> Bool {
    func content(_ services: [String: ModelService]) -> [String: ModelService] {
      services.mapValues {
        var service = $0
        service.strategy = nil
        return service
      }
    }
    return content(one) == content(other)
  }

  /// Holds a run against all rules and takes over what is true now.
  func judge(
    _ request: ModelRequest, _ ended: Ended, _ before: Evidence, isAlone: Bool = true
  ) throws {
    let statuses = request.statuses(hasSpoken: !(ended.out + ended.err).isEmpty)
    if !statuses.contains(ended.status) {
      try fail(
        ended.status == 129
          ? "hangup" : request.target.values.contains { $0.shares != nil } ? "shared" : "exit",
        "\(ended.status) is none of \(statuses.sorted())\n\(ended)\n\(state(before))")
    }
    try checkWords(ended, request)
    let now = request.after(before.beliefs, status: ended.status)
    if ended.status != 0 { try waitForServices(request, now, before, ended) }
    let gaps = watcher.gaps()
    let seen = try look()
    beliefs = try checkVersions(now, seen, request, ended, before)
    if isAlone {
      try checkGaps(gaps, request, ended, before)
      try checkUntouched(seen, request, ended, before)
      try checkRelease(ended)
    }
    if ended.status != 137 { try checkLock(ended) }
    // A script of a killed run may be at work still, and stop what is looked into.
    if ended.status <= 128 || ended.status == 130 { try checkData(seen) }
    try checkBystander()
    remember(ended)
  }

  /// After a rollback whose target nobody can know: what runs was run before.
  func judgeVaguely(_ ended: Ended, _ before: Evidence) throws {
    if ![0, 1, 2, 10].contains(ended.status) { try fail("exit", "\(ended)") }
    let seen = try look()
    for container in seen where container.isHealthy {
      let ranHere = ran[container.service]?.contains(container.version) ?? false
      if !ranHere, !before.containers.contains(where: { $0.id == container.id }) {
        try fail("version", "\(container) was never there\n\(ended)\n\(state(before))")
      }
    }
    // Nothing is certain but what is seen.
    var now: [String: ModelBelief] = [:]
    for name in Set(seen.map(\.service)).union(before.beliefs.keys) {
      var known = before.beliefs[name]?.may ?? []
      for entry in history { if let service = entry.services?[name] { known.insert(service) } }
      let own = seen.filter { $0.service == name }
      let fitting = known.filter { $0.fault(of: own, among: seen) == nil }
      if let service = fitting.first, ended.status == 0 {
        now[name] = ModelBelief(may: [service])
      } else if !own.isEmpty || !(ended.status == 0) {
        now[name] = ModelBelief(
          may: known, mayBeAbsent: own.isEmpty, isHarmed: before.beliefs[name]?.isHarmed ?? false)
      }
    }
    beliefs = now
    try checkLock(ended)
    try checkData(seen)
    try checkBystander()
    remember(ended)
  }

  func state(_ before: Evidence) -> String {
    let lines =
      before.containers.map { "before: \($0)" } + ((try? look()) ?? []).map { "now: \($0)" }
    return lines.joined(separator: "\n")
  }

  // MARK: Words

  private func checkWords(_ ended: Ended, _ request: ModelRequest) throws {
    let isDone = ended.err.contains(#/local\s+done/#)
    let isSaid: Bool
    switch ended.status {
    case 0:
      // Where files were read again and nothing was to be done on the host, there is no row of it.
      let isIdle = ended.err.contains(#/nothing to do|[0-9]+ executed, .* 0 failed/#)
      isSaid = (isDone || isIdle) && !ended.err.contains(#/local\s+(failed|skipped|interrupted)/#)
    // What is taken back is a run of its own, with a row that says so.
    case 2, 10: isSaid = ended.err.contains("failed") && (request.undoes || !isDone)
    case 130: isSaid = ended.err.isEmpty || ended.err.contains("interrupted")
    default: isSaid = true
    }
    if !isSaid { try fail("words", "the report does not fit the exit code: \(ended)") }
  }

  // MARK: What runs

  /// A killed run's services come back by themselves.
  private func waitForServices(
    _ request: ModelRequest, _ now: [String: ModelBelief], _ before: Evidence, _ ended: Ended
  ) throws {
    let wanted = before.beliefs.keys.filter { name in
      isServing(name, before) && now[name].map { !$0.mayBeAbsent } ?? false
    }
    let deadline = ContinuousClock.now + .seconds(max(40, 6 * usualTime))
    while true {
      let healthy = Set(try look().filter(\.isHealthy).map(\.service))
      let missing = wanted.filter { !healthy.contains($0) }
      if missing.isEmpty { return }
      guard ContinuousClock.now < deadline else {
        return try fail(
          request.signal == nil ? "down" : "down-after-signal",
          "\(missing.sorted()) stayed down\n\(ended)\n\(state(before))")
      }
      Thread.sleep(forTimeInterval: 0.2)
    }
  }

  private func isServing(_ name: String, _ evidence: Evidence) -> Bool {
    guard let belief = evidence.beliefs[name], !belief.isHarmed else { return false }
    return evidence.containers.contains { $0.service == name && $0.isHealthy }
  }

  /// Every service runs what it may run; returns what is certain after a look.
  private func checkVersions(
    _ now: [String: ModelBelief], _ seen: [SeenContainer], _ request: ModelRequest,
    _ ended: Ended, _ before: Evidence
  ) throws -> [String: ModelBelief] {
    func fail(_ rule: String, _ text: String) throws {
      try self.fail(rule, "\(text)\n\(ended)\n\(state(before))")
    }
    for container in seen where now[container.service] == nil {
      try fail(
        request.isWayBack ? "way-back" : "orphan", "\(container) should not be there")
    }
    var beliefs: [String: ModelBelief] = [:]
    for (name, belief) in now {
      let own = seen.filter { $0.service == name }
      // A successful run leaves no doubt about what it was asked for.
      if ended.status == 0, let service = belief.certain {
        if let fault = service.fault(of: own, among: seen) {
          try fail(
            !request.covers(name)
              ? "uncovered"
              : request.isWayBack
                ? "way-back"
                : service.shares != nil ? "shared" : "version",
            "`\(name)` should be \(service): \(fault)")
          beliefs[name] = ModelBelief(may: belief.may, isHarmed: true)
          continue
        }
        beliefs[name] = belief
        continue
      }
      var isHarmed = belief.isHarmed
      for container in own where container.isHealthy {
        if !belief.may.contains(where: { $0.fault(of: container) == nil }) {
          let isOurs = request.covers(name)
          try fail(isOurs ? "put-back" : "uncovered", "\(container), which may be \(belief.may)")
          isHarmed = true
        }
      }
      let old = before.beliefs[name]
      if ended.status == 2 || ended.status == 10, !(old?.may.isEmpty ?? true),
        let broken = request.target[name], broken.health != .good, request.covers(name),
        let left = own.first(where: { $0.version == broken.version })
      {
        try fail("leftover", "\(left) of a version that failed")
      }
      if isServing(name, before), !belief.mayBeAbsent, !own.contains(where: \.isHealthy) {
        try fail(
          request.signal == nil ? "down" : "down-after-signal",
          "`\(name)` has no healthy container any more")
      }
      var doubtful = belief
      doubtful.isHarmed = isHarmed
      beliefs[name] = narrowed(doubtful, own, seen)
    }
    return beliefs
  }

  /// What is seen whole is what is there.
  private func narrowed(
    _ belief: ModelBelief, _ own: [SeenContainer], _ seen: [SeenContainer]
  ) -> ModelBelief? {
    if own.isEmpty, belief.mayBeAbsent { return nil }
    let fitting = belief.may.filter { $0.fault(of: own, among: seen) == nil }
    guard fitting.count == 1, !belief.isHarmed else { return belief }
    return ModelBelief(may: fitting)
  }

  // MARK: Without a hole

  private func checkGaps(
    _ gaps: [String: Duration], _ request: ModelRequest, _ ended: Ended, _ before: Evidence
  ) throws {
    for (name, gap) in gaps {
      guard let belief = before.beliefs[name], isServing(name, before), !belief.may.isEmpty else {
        continue
      }
      let new = request.target[name]
      if request.covers(name), new == nil { continue }
      var shapes = [new].compactMap { $0 }
      // What goes back goes by the old settings.
      if request.undoes || !request.broken.isEmpty { shapes += belief.may }
      let isLeft = !request.covers(name) || isAsWanted(name, request, before)
      // Who has guests in its container is replaced in place as well.
      let hasGuests =
        request.target.values.contains { $0.shares == name }
        || before.beliefs.values.contains { $0.may.contains { $0.shares == name } }
      let shared =
        belief.may.contains { $0.shares != nil } || new?.shares != nil || hasGuests
      let limit: Duration
      if isLeft && !shared {
        limit = .zero
      } else if !shared, !shapes.contains(where: \.isReplacedInPlace) {
        limit = .zero
      } else {
        limit = stopAndStart * (ended.status == 0 ? 1 : 2)
      }
      if gap > limit {
        try fail(
          !request.covers(name)
            ? "uncovered" : request.isWayBack ? "way-back" : limit == .zero ? "gap" : "long-gap",
          "`\(name)` was without a healthy container for \(gap), at most \(limit) is right\n"
            + "\(ended)\n\(state(before))")
      }
    }
  }

  private func isAsWanted(_ name: String, _ request: ModelRequest, _ before: Evidence) -> Bool {
    guard let runs = before.beliefs[name]?.certain, let new = request.target[name] else {
      return false
    }
    return Self.same([name: runs], [name: new])
      && runs.fault(
        of: before.containers.filter { $0.service == name }, among: before.containers) == nil
  }

  /// What needed nothing has the same containers as before.
  private func checkUntouched(
    _ seen: [SeenContainer], _ request: ModelRequest, _ ended: Ended, _ before: Evidence
  ) throws {
    for (name, belief) in before.beliefs {
      guard let runs = belief.certain, isServing(name, before) else { continue }
      guard isAsWanted(name, request, before) || !request.covers(name) else { continue }
      func ids(_ name: String, _ containers: [SeenContainer]) -> [String] {
        containers.filter { $0.service == name }.map(\.id).sorted()
      }
      let shared = request.target[name]?.shares ?? runs.shares
      if let shared, ids(shared, before.containers) != ids(shared, seen) { continue }
      if ids(name, before.containers) != ids(name, seen) {
        try fail(
          !request.covers(name) ? "uncovered" : request.isWayBack ? "way-back" : "untouched",
          "`\(name)` needed nothing and was replaced\n\(ended)\n\(state(before))")
      }
    }
  }

  // MARK: Records, lock and data

  /// The release that a run says it brought.
  private func release(_ ended: Ended) -> String? {
    ended.err.firstMatch(of: #/local\s+done\s+(rel-[0-9-]+)/#).map { String($0.1) }
  }

  private func checkRelease(_ ended: Ended) throws {
    guard ended.status == 0, let id = release(ended), !ended.err.contains("nothing to do") else {
      return
    }
    if shell.last(where: { $0.contains("$SC") })?.contains(" deploy ") ?? false {
      if id <= highestRelease, history.last?.id != id {
        try fail("order", "release \(id) is not after \(highestRelease)\n\(ended)")
      }
    }
    highestRelease = max(highestRelease, id)
    guard steps.isMultiple(of: 3) else { return }
    let listed = try run(["releases", "list", "--env", "dev", "--refresh", "--format", "json"])
    struct List: Decodable {
      struct Release: Decodable {
        let id: String
        let status: String
      }
      let releases: [Release]
    }
    let list = try? JSONDecoder().decode(List.self, from: Data(listed.out.utf8))
    if list?.releases.first(where: { $0.id == id })?.status != "completed" {
      try fail("releases", "\(id) is not completed: \(listed)\nafter \(ended)")
    }
  }

  private func checkLock(_ ended: Ended) throws {
    guard ended.status != 0 || steps.isMultiple(of: 4) else { return }
    let asked = try run(["unlock", "--env", "dev", "--dry-run"])
    if asked.status != 0 || (asked.err + asked.out).contains("is locked by") {
      try fail(ended.status == 129 ? "hangup" : "lock", "a lock is left: \(asked)\nafter \(ended)")
    }
  }

  private func checkData(_ seen: [SeenContainer]) throws {
    for (name, belief) in beliefs {
      guard let service = belief.certain, let volume = service.volume else { continue }
      written[volume, default: []].insert(service.version)
      guard let container = seen.first(where: { $0.service == name && $0.isHealthy }) else {
        continue
      }
      let read = try sandbox.docker(["exec", container.id, "cat", "/data/log"])
      let found = Set(read.out.split(whereSeparator: \.isNewline).compactMap { Int($0) })
      let missing = written[volume, default: []].subtracting(found)
      if !missing.isEmpty {
        try fail("data", "\(volume) of \(container) lacks what \(missing) wrote: \(read)")
      }
    }
    for volume in written.keys where try engine.get("/volumes/\(project)_\(volume)").status != 200 {
      try fail("data", "volume \(volume) is gone")
    }
  }

  private func remember(_ ended: Ended) {
    for (name, belief) in beliefs {
      if let service = belief.certain { ran[name, default: []].insert(service.version) }
    }
    let services = beliefs.compactMapValues(\.certain)
    let isKnown = services.count == beliefs.count
    let isClean = ended.status == 0 && isKnown
    if let last = history.last?.services, isKnown, Self.same(last, services) {
      if let id = release(ended), isClean {
        history[history.count - 1] = Composition(id: id, services: services, isClean: true)
      }
      return
    }
    history.append(
      Composition(id: release(ended), services: isKnown ? services : nil, isClean: isClean))
  }
}
