// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A moment as release records and the ids of releases write it. Pure arithmetic; asks no clock.

/// A moment, in nanoseconds since 1970.
package struct ReleaseTime: Sendable, Hashable, Comparable {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  package let nanoseconds: Int64

  /// The moment so many nanoseconds after the start of 1970.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Reads RFC 3339 with any offset and up to nine digits of a second; nil for anything else.
  package init?(_ text: String) {
    var rest = Substring(text)
    guard let year = Self.number(&rest, 4), Self.take(&rest, "-"),
      let month = Self.number(&rest, 2), Self.take(&rest, "-"), let day = Self.number(&rest, 2),
      Self.take(&rest, "T") || Self.take(&rest, "t") || Self.take(&rest, " "),
      let hour = Self.number(&rest, 2), Self.take(&rest, ":"),
      let minute = Self.number(&rest, 2), Self.take(&rest, ":"),
      let second = Self.number(&rest, 2), (1...12).contains(month), (1...31).contains(day),
      hour < 24, minute < 60, second <= 60, (1970...2200).contains(year)
    else { return nil }
    var fraction: Int64 = 0
    if Self.take(&rest, ".") {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard (1...9).contains(digits.count), let value = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      fraction = value
      for _ in digits.count..<9 { fraction *= 10 }
    }
    var offset = 0
    if !Self.take(&rest, "Z") && !Self.take(&rest, "z") {
      let isEast = Self.take(&rest, "+")
      guard isEast || Self.take(&rest, "-"), let hours = Self.number(&rest, 2),
        Self.take(&rest, ":"), let minutes = Self.number(&rest, 2), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
    }
    guard rest.isEmpty else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let seconds = Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
    nanoseconds = seconds * 1_000_000_000 + fraction
  }

  package static func < (left: ReleaseTime, right: ReleaseTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment one millisecond later.
  package var nextMillisecond: ReleaseTime { ReleaseTime(nanoseconds: nanoseconds + 1_000_000) }

  /// RFC 3339 in UTC, with as many digits of a second as it needs.
  package var text: String {
    let parts = self.parts
    var fraction = Self.digits(parts.nanosecond, 9)
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(parts.date)T\(parts.time)" + (fraction.isEmpty ? "Z" : ".\(fraction)Z")
  }

  /// As people read it, in UTC: `2026-01-02 15:04:05`.
  package var shown: String { "\(parts.date) \(parts.time)" }

  /// `YYYYMMDD-HHMMSSmmm` in UTC.
  package var compact: String {
    let parts = self.parts
    return parts.date.filter { $0 != "-" } + "-" + parts.time.filter { $0 != ":" }
      + Self.digits(parts.nanosecond / 1_000_000, 3)
  }

  /// The id of the release that begins at this moment; of two ids the later one is the greater text.
  package var releaseID: String { "rel-\(compact)" }

  /// The moment that the id of a release stands for; nil for what is no such id.
  package init?(releaseID: String) {
    let digits = releaseID.dropFirst("rel-".count).split(separator: "-").joined()
    guard digits.count == 17 else { return nil }
    func part(_ first: Int, _ count: Int) -> Substring { digits.dropFirst(first).prefix(count) }
    self.init(
      "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T"
        + "\(part(8, 2)):\(part(10, 2)):\(part(12, 2)).\(part(14, 3))Z")
    guard self.releaseID == releaseID else { return nil }
  }

  private var parts: (date: String, time: String, nanosecond: Int) {
    let seconds = nanoseconds / 1_000_000_000
    let (year, month, day) = Self.date(ofDay: Int(seconds / 86_400))
    let second = Int(seconds % 86_400)
    return (
      "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))",
      "\(Self.digits(second / 3600, 2)):\(Self.digits(second / 60 % 60, 2)):"
        + Self.digits(second % 60, 2),
      Int(nanoseconds % 1_000_000_000)
    )
  }

  // MARK: the calendar

  // Both after Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so
  // that the day that is sometimes missing is the last one.

  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1
    )
  }

  // MARK: text

  private static func number(_ rest: inout Substring, _ width: Int) -> Int? {
    let digits = rest.prefix(width)
    guard digits.count == width, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    rest = rest.dropFirst(width)
    return Int(digits)
  }

  private static func take(_ rest: inout Substring, _ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
