// SPDX-License-Identifier: AGPL-3.0-or-later
// What a scalar means by the core schema of YAML 1.2 (section 10.3.2). It knows nothing of YAML
// 1.1, where `no` is false; the writer keeps clear of that in PlainText.

/// The rules by which an unquoted text is a number, a truth value, null or just text.
enum CoreSchema {
  /// What a scalar means; an integer beyond 64 bits has no value.
  enum Meaning: Hashable {
    case null
    case bool(Bool)
    case int(Int?)
    case double(Double)
    case string
  }

  /// What a scalar means; a tag of YAML itself decides over quotes.
  static func meaning(of scalar: Scalar, tag: String?) -> Meaning {
    switch tag {
    case "!", "!!str": return .string
    case "!!null", "!!bool", "!!int": return meaning(ofPlain: scalar.text)
    case "!!float":
      let meaning = meaning(ofPlain: scalar.text)
      guard case .int = meaning, let value = integerAsDouble(scalar.text) else { return meaning }
      return .double(value)
    default: return scalar.style == .plain ? meaning(ofPlain: scalar.text) : .string
    }
  }

  /// What an unquoted text means.
  static func meaning(ofPlain text: String) -> Meaning {
    guard let first = text.utf8.first else { return .null }
    switch first {
    case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"),
      UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
      return word(text)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      return number(text)
    default: return .string
    }
  }

  /// Whether an unquoted text is a number.
  static func isNumber(_ text: String) -> Bool {
    switch meaning(ofPlain: text) {
    case .int, .double: true
    default: false
    }
  }

  /// The value of an integer as a floating-point number, however large it is.
  static func integerAsDouble(_ text: String) -> Double? {
    if case .int(let value?) = number(text) { return Double(value) }
    return Double(text)
  }

  private static func word(_ text: String) -> Meaning {
    switch text {
    case "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE": .bool(true)
    case "false", "False", "FALSE": .bool(false)
    default: .string
    }
  }

  private static func number(_ text: String) -> Meaning {
    if text.hasPrefix("0o") { return radix(text, 8) }
    if text.hasPrefix("0x") { return radix(text, 16) }
    var rest = text[...].utf8
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    switch String(Substring(rest)) {
    case ".inf", ".Inf", ".INF": return .double(isNegative ? -.infinity : .infinity)
    case ".nan", ".NaN", ".NAN": return rest.count == text.utf8.count ? .double(.nan) : .string
    default: break
    }
    let whole = digits(&rest)
    if rest.isEmpty { return whole > 0 ? .int(Int(text)) : .string }
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = digits(&rest)
    }
    guard whole + fraction > 0 else { return .string }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      guard digits(&rest) > 0 else { return .string }
    }
    guard rest.isEmpty, let value = Double(text) else { return .string }
    return .double(value)
  }

  private static func digits(_ rest: inout Substring.UTF8View) -> Int {
    let run = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    rest = rest[run.endIndex...]
    return run.count
  }

  private static func radix(_ text: String, _ radix: Int) -> Meaning {
    let body = text.dropFirst(2)
    let isNumber =
      !body.isEmpty
      && body.utf8.allSatisfy { byte in
        Character(UnicodeScalar(byte)).hexDigitValue.map { $0 < radix } ?? false
      }
    return isNumber ? .int(Int(body, radix: radix)) : .string
  }
}
