// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plays the lives of many projects, several at a time, and makes a failing one shorter. Knows no rule.

import Foundation
import Synchronization

/// Several projects at once.
final class ModelLanes: Sendable {
  /// What a run of the model came to.
  struct Found: Sendable {
    var steps = 0
    var episodes = 0
    var faults: [String] = []
  }

  private struct State {
    var found = Found()
    var cases: [ModelCase] = []
    var nextEpisode: UInt64 = 0
    var plannedSteps = 0
  }

  private let settings: ModelSettings
  private let state = Mutex(State())

  private let end: ContinuousClock.Instant

  init(_ settings: ModelSettings) {
    self.settings = settings
    end = ContinuousClock.now + .seconds(60 * settings.minutes)
  }

  /// Plays until so many steps are played; threads of their own, since they wait for programs.
  func run() async -> Found {
    state.withLock { $0.cases = settings.cases.reversed() }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<settings.lanes { group.addTask { await self.thread(self.lane) } }
    }
    return state.withLock(\.found)
  }

  private func thread(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        body()
        continuation.resume()
      }
    }
  }

  private func lane() {
    while let next = nextLife() { episode(next.name, next.acts) }
  }

  private func nextLife() -> ModelCase? {
    let settings = settings
    return state.withLock { state in
      guard ContinuousClock.now < end else { return nil }
      if let next = state.cases.popLast() {
        state.plannedSteps += next.acts.count(where: \.kind.isStep)
        return next
      }
      guard state.plannedSteps < settings.steps else { return nil }
      state.plannedSteps += settings.length
      let seed = settings.seed + state.nextEpisode
      state.nextEpisode += 1
      return ModelCase(
        "seed \(seed)",
        ModelAct.series(seed: seed, steps: settings.length, without: settings.without))
    }
  }

  private func episode(_ name: String, _ acts: [ModelAct]) {
    let end = play(acts)
    state.withLock {
      $0.found.steps += end.steps
      $0.found.episodes += 1
    }
    guard let fault = end.fault else { return }
    var script = Array(acts.prefix(end.played))
    var shell = end.shell
    if settings.shrinkMinutes > 0 {
      (script, shell) = shrink(script, shell, rule: fault.rule)
    }
    let file =
      "/tmp/stagecraft-model-\(name.filter { $0.isLetter || $0.isNumber })-\(fault.rule).sh"
    let told = fault.description.split(separator: "\n").map { "# \($0)\n" }.joined()
    let head = "# \(name); SC=<program> sh <this file>, in an empty folder\n\(told)"
    try? (head + shell.joined(separator: "\n") + "\n").write(
      toFile: file, atomically: true, encoding: .utf8)
    let text = """
      \(name): \(fault)
      again: STAGECRAFT_DEPLOY_MODEL_SCRIPT='\(script.map(\.description).joined(separator: ","))'
      as lines of a shell: \(file)
      """
    FileHandle.standardError.write(Data((text + "\n\n").utf8))
    state.withLock { $0.found.faults.append(text) }
  }

  private struct End {
    var fault: ModelEpisode.Contradiction?
    var played = 0
    var steps = 0
    var shell: [String] = []
  }

  private func play(_ acts: [ModelAct]) -> End {
    var end = End()
    let episode: ModelEpisode
    do { episode = try ModelEpisode(tolerating: settings.tolerated) } catch {
      end.fault = .init(rule: "harness", description: "[harness] \(error)")
      return end
    }
    defer { episode.end() }
    do {
      for act in acts {
        end.played += 1
        try episode.play(act)
      }
    } catch let fault as ModelEpisode.Contradiction {
      end.fault = fault
    } catch {
      end.fault = .init(rule: "harness", description: "[harness] \(error)")
    }
    end.steps = episode.steps
    end.shell = episode.shell
    return end
  }

  /// Leaves acts out, many at first, as long as the same rule is broken.
  private func shrink(
    _ acts: [ModelAct], _ shell: [String], rule: String
  ) -> (acts: [ModelAct], shell: [String]) {
    let deadline = ContinuousClock.now + .seconds(60 * settings.shrinkMinutes)
    var shortest = (acts: acts, shell: shell)
    var size = max(1, acts.count / 2)
    while true {
      var position = 0
      var isShorter = false
      while position < shortest.acts.count {
        guard ContinuousClock.now < deadline else { return shortest }
        var fewer = shortest.acts
        fewer.removeSubrange(position..<min(position + size, fewer.count))
        let end = play(fewer)
        if end.fault?.rule == rule {
          shortest = (Array(fewer.prefix(end.played)), end.shell)
          isShorter = true
        } else {
          position += size
        }
      }
      if size == 1, !isShorter { return shortest }
      size = max(1, size / 2)
    }
  }
}
