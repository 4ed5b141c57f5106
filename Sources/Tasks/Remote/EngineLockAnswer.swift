// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What is told of a lock that is kept in a Docker engine, read from the lines of the scripts. All times
// are by the engine's clock.

import FoundationEssentials
import TaskGraph

/// The answer to the question for a lock in an engine.
struct EngineLockAnswer {
  /// A lock that is there.
  struct Found {
    var holder: LockHolder
    /// Whether its last heartbeat is none: no time, or of later than now.
    ///
    /// Its time runs from now on then, once a heartbeat was written.
    var isOdd: Bool
    /// The engine's clock.
    var now: ReleaseTime
  }

  /// What is applied there and what was; the clock is not the engine's.
  var grant: LockGrant?
  /// The id of a lock that was made for us, and when.
  var taken: (id: String, at: ReleaseTime)?
  var found: Found?
  /// Who may not write the folder.
  var denied: String?
  /// What an earlier run left at work.
  var busy: HostBusy?

  private var described: [String] = []

  /// Reads the lines of ``EngineLockScripts``.
  init(_ answer: String, on host: String) throws(TaskError) {
    for line in answer.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      switch (words[0], words.count) {
      case ("denied", 2): denied = words[1]
      case ("busy", 4): busy = HostBusy(words)
      case ("state", 6):
        grant = LockGrant(
          applied: LockAnswer.applied(words[1], words[2]), clock: ReleaseTime(nanoseconds: 0),
          newest: LockAnswer.newest(words[4...]))
      case ("taken", 3):
        guard Self.isID(words[1]), let time = ReleaseTime(words[2]) else { break }
        taken = (words[1], time)
      case ("lock", _): described = Self.texts(line.dropFirst("lock ".count))
      case ("beat", 3) where described.count == 6 && Self.isID(described[0]):
        found = Self.found(described, beat: words[1], clock: words[2])
      default: break
      }
    }
    guard denied != nil || busy != nil || taken != nil || found != nil || answer == "none\n" else {
      throw LockAnswer.unexpected(answer, host)
    }
  }

  /// Reads what a template wrote; labels that are missing are null.
  ///
  /// What is no list of texts is none: the line that follows is not taken for a lock's then.
  static func texts(_ json: Substring) -> [String] {
    (try? JSONDecoder().decode([String?].self, from: Data(json.utf8)))?.map { $0 ?? "" } ?? []
  }

  /// Whether a text is the whole id of a container, which may stand in a script as it is.
  private static func isID(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// A lock of these texts.
  static func found(_ texts: [String], beat: String, clock: String) -> Found? {
    guard let now = ReleaseTime(clock) else { return nil }
    let made = ReleaseTime(texts[1])
    // Before its first heartbeat a lock was heard of when it was made.
    let last = beat == "-" ? made : ReleaseTime(LockAnswer.line(beat))
    let isOdd = last.map { $0 > now } ?? true
    func seconds(since time: ReleaseTime?) -> Int {
      time.map { max(0, Int((now.nanoseconds - $0.nanoseconds) / 1_000_000_000)) } ?? 0
    }
    let silence = isOdd ? 0 : seconds(since: last)
    var holder = LockHolder(
      owner: texts[2], token: texts[3], age: seconds(since: made), silence: silence,
      isExpired: silence > HostFactsScript.expiry)
    holder.run = texts[4]
    holder.process = texts[5]
    holder.container = texts[0]
    return Found(holder: holder, isOdd: isOdd, now: now)
  }
}
