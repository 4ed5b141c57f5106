// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What hosts answer when they are asked for their lock, read from the lines of the scripts. What a lock
// holds may be anything: only what the scripts themselves say has to make sense.

import FoundationEssentials
import TaskGraph

/// What a host answered to the question for its lock.
enum LockAnswer: Sendable, Hashable {
  case ours(LockGrant)
  case held(LockHolder)
  /// Nobody holds it, but a script of an earlier run is at work there.
  case busy(HostBusy)
  /// This user there may not write the folder.
  case denied(user: String)
}

/// What a host says to whom it gives its lock.
struct LockGrant: Sendable, Hashable {
  var applied: HostApplied
  /// The position of the token that the lock was taken with; nil for our own.
  var inherited: Int?
  /// The owner of an expired lock that it was taken from.
  var from: LockHolder?
  /// Whether an earlier run of this checkout had left the lock behind.
  var isLeftover = false
  /// The host's clock.
  var clock: ReleaseTime
  /// What the greatest id stands for that a release there has or had; nil where there was none.
  var newest: ReleaseTime?
  /// The container that is the lock; nil where the lock is a folder.
  var container: String?
}

extension LockAnswer {
  /// Reads the answer to ``LeaseScripts/take``.
  init(_ answer: String, on host: String) throws(TaskError) {
    let words = Self.words(answer)
    switch (words.first, words.count) {
    case ("taken", 6): self = .ours(try Self.grant(words[1...], on: host))
    case ("ours", 7):
      let position = HostNumber.read(words[1]).map(Int.init) ?? 0
      var grant = try Self.grant(words[2...], on: host)
      grant.inherited = position == 0 ? nil : position - 1
      self = .ours(grant)
    case ("over", 13):
      var grant = try Self.grant(words[8...], on: host)
      grant.from = Self.holder(words, isExpired: true)
      self = .ours(grant)
    case ("held", 8): self = .held(Self.holder(words, isExpired: false))
    case ("busy", 4): self = .busy(HostBusy(words))
    case ("denied", 2): self = .denied(user: words[1])
    default: throw Self.unexpected(answer, host)
    }
  }

  /// Reads the answer to ``LeaseScripts/look``.
  static func holder(in answer: String, on host: String) throws(TaskError) -> LockHolder? {
    let words = words(answer)
    switch (words.first, words.count) {
    case ("none", 1): return nil
    case ("held", 8):
      let found = holder(words, isExpired: false)
      return found.silence > HostFactsScript.expiry ? holder(words, isExpired: true) : found
    default: throw unexpected(answer, host)
    }
  }

  /// The error for what makes no sense.
  static func unexpected(_ answer: String, _ host: String) -> TaskError {
    TaskError(
      .unexpectedAnswer(host), "`\(host)` did not say whether it is locked",
      hint: "run it again; if that does not help, see whether its disk is full",
      logTail: [String(answer.prefix(200))])
  }

  private static func words(_ answer: String) -> [String] {
    answer.split(whereSeparator: \.isNewline).last?
      .split(separator: " ", omittingEmptySubsequences: false).map(String.init) ?? []
  }

  /// Reads what is applied, a clock in milliseconds, and two ids of releases.
  private static func grant(
    _ words: ArraySlice<String>, on host: String
  ) throws(TaskError) -> LockGrant {
    let words = Array(words)
    guard let clock = HostNumber.read(words[2]), clock <= HostNumber.mostMilliseconds else {
      throw unexpected(words.joined(separator: " "), host)
    }
    return LockGrant(
      applied: applied(words[0], words[1]), clock: ReleaseTime(nanoseconds: clock * 1_000_000),
      newest: newest(words[3...]))
  }

  /// The greatest of some ids; what is no id was not given by us and counts for nothing.
  static func newest(_ words: some Sequence<String>) -> ReleaseTime? {
    words.compactMap { ReleaseTime(releaseID: line($0)) }.max()
  }

  /// Reads owner, token, the times, run and process, from the second word on.
  private static func holder(_ words: [String], isExpired: Bool) -> LockHolder {
    let times = words[3...5].map { HostNumber.read($0) ?? 0 }
    var holder = LockHolder(
      owner: line(words[1]), token: line(words[2]), age: Int(max(0, times[2] - times[0])),
      silence: Int(max(0, times[2] - times[1])), isExpired: isExpired)
    holder.run = line(words[6])
    holder.process = line(words[7])
    return holder
  }

  /// Reads the receipts of a host and of its services, both in base64.
  static func applied(_ receipt: String, _ services: String) -> HostApplied {
    HostApplied(receipt: text(receipt), services: text(services))
  }

  /// The first line of a text in base64.
  static func line(_ word: String) -> String {
    text(word).split(separator: "\n").first.map(String.init) ?? ""
  }

  private static func text(_ word: String) -> String {
    guard let data = Data(base64Encoded: word) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }
}

extension HostBusy {
  /// Reads `busy WORDS AGE SECONDS`.
  init(_ words: [String]) {
    func number(_ word: String) -> Int { HostNumber.read(word).map(Int.init) ?? 0 }
    self.init(
      words: LockAnswer.line(words[1]), age: number(words[2]), limit: number(words[3]))
  }
}
