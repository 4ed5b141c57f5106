// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What may be done in one move of the model, as a value that reads and writes as text; and how a series of
// them is drawn. Numbers are read against what there is, so that a series without one of its acts is one too.

import TestSupport

/// One move.
struct ModelAct: Hashable, Sendable, CustomStringConvertible {
  /// What is done.
  enum Kind: String, Sendable, CaseIterable {
    // Edits.
    case change, sick, crash, mend, add, remove, rename, strategy, replicas, volume, network, share
    case undo
    /// Who works next: 0 the first operator, 1 another whose clock is behind, 2 the same, ahead.
    case by
    // Harm done by hand.
    case stop, destroy
    // Runs of the program.
    case deploy, partial, previous, release, settle
    case kill, term, int, hup
    /// Another operator removes the lock in mid-run and deploys.
    case steal
    /// Another operator deploys at the same time and waits for the lock.
    case race

    /// Whether it counts as a step: the program runs and the oracle looks.
    var isStep: Bool {
      switch self {
      case .deploy, .partial, .previous, .release, .settle, .kill, .term, .int, .hup, .steal,
        .race:
        true
      default: false
      }
    }
  }

  let kind: Kind
  var first = 0
  var second = 0

  var description: String { "\(kind.rawValue) \(first) \(second)" }

  /// Reads what ``description`` writes.
  init?(_ text: some StringProtocol) {
    let words = text.split(separator: " ")
    guard let kind = words.first.flatMap({ Kind(rawValue: String($0)) }) else { return nil }
    self.kind = kind
    first = words.count > 1 ? Int(words[1]) ?? 0 : 0
    second = words.count > 2 ? Int(words[2]) ?? 0 : 0
  }

  init(_ kind: Kind, _ first: Int = 0, _ second: Int = 0) {
    self.kind = kind
    self.first = first
    self.second = second
  }

  private static let edits: [(Kind, Int)] = [
    (.change, 30), (.sick, 7), (.crash, 4), (.mend, 6), (.add, 8), (.remove, 5), (.rename, 4),
    (.strategy, 6), (.replicas, 8), (.volume, 5), (.network, 5), (.share, 5), (.undo, 3),
  ]
  private static let steps: [(Kind, Int)] = [
    (.deploy, 30), (.partial, 14), (.previous, 8), (.release, 6), (.settle, 8), (.kill, 7),
    (.term, 7), (.int, 4), (.hup, 4), (.steal, 4), (.race, 4),
  ]

  private static func draw(
    _ weights: [(Kind, Int)], without: Set<Kind>, _ random: inout SeededGenerator
  ) -> ModelAct? {
    let allowed = weights.filter { !without.contains($0.0) }
    var rest = random.number(below: max(1, allowed.reduce(0) { $0 + $1.1 }))
    for (kind, weight) in allowed {
      rest -= weight
      if rest < 0 {
        return ModelAct(kind, random.number(below: 1000), random.number(below: 1000))
      }
    }
    return nil
  }

  /// A project's life: so many steps, with edits and harm before each of them, settled at the end.
  static func series(seed: UInt64, steps count: Int, without: Set<Kind>) -> [ModelAct] {
    var random = SeededGenerator(seed: seed)
    var acts: [ModelAct] = []
    for _ in 0..<2 + random.number(below: 2) {
      acts.append(ModelAct(.add, random.number(below: 1000), random.number(below: 1000)))
    }
    acts.append(ModelAct(.deploy))
    for _ in 1..<max(2, count - 1) {
      if random.chance(oneIn: 6) { acts.append(ModelAct(.by, random.number(below: 3))) }
      for _ in 0..<(random.pick([0, 1, 1, 1, 2, 2, 3]) ?? 1) {
        if let edit = draw(edits, without: without, &random) { acts.append(edit) }
      }
      if random.chance(oneIn: 8) {
        acts.append(
          ModelAct(random.chance(oneIn: 2) ? .stop : .destroy, random.number(below: 1000)))
      }
      if let step = draw(Self.steps, without: without, &random) { acts.append(step) }
    }
    acts.append(ModelAct(.settle))
    return acts.filter { !without.contains($0.kind) }
  }
}
