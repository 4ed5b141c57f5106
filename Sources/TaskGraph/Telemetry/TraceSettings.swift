// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where traces go, read from the variables that OpenTelemetry defines for all programs. Pure; sends
// nothing.

/// Where and how traces are sent.
package struct TraceSettings: Sendable, Hashable {
  /// Why nothing can be sent though somebody asked for it.
  package struct Fault: Error, Sendable, Hashable {
    package let message: String
  }

  /// A name with its value.
  package struct Pair: Sendable, Hashable {
    package let name: String
    package let value: String
  }

  /// How long sending may take where nothing is said, and at most: nobody waits for it longer.
  private static let usualTimeout = Duration.seconds(2)
  private static let mostTimeout = Duration.seconds(10)

  package let url: String
  /// Secret.
  package let headers: [Pair]
  package let timeout: Duration
  /// What is said of this program in every span.
  package let resource: [Pair]
  package let parent: TraceParent?
  /// Passed on as it is.
  package let traceState: String?
  /// Files with certificates and a key, by what they are for.
  package let certificate: String?
  package let clientCertificate: String?
  package let clientKey: String?

  /// Reads the variables; nil where no traces are wanted.
  package static func read(
    _ variable: (String) -> String?
  ) throws(Fault) -> TraceSettings? {
    func text(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
    func option(_ name: String) -> String? {
      text("OTEL_EXPORTER_OTLP_TRACES_\(name)") ?? text("OTEL_EXPORTER_OTLP_\(name)")
    }
    let own = text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    guard let endpoint = own ?? text("OTEL_EXPORTER_OTLP_ENDPOINT"),
      text("OTEL_SDK_DISABLED")?.lowercased() != "true",
      text("OTEL_TRACES_EXPORTER")?.split(separator: ",").contains(where: { trimmed($0) == "otlp" })
        ?? true,
      text("OTEL_TRACES_SAMPLER") != "always_off"
    else { return nil }
    let parent = text("TRACEPARENT").flatMap { TraceParent($0) }
    // Who began the trace decided that it is not recorded.
    if parent?.isSampled == false { return nil }
    if option("PROTOCOL") == "grpc" {
      throw Fault(message: "OpenTelemetry's protocol is `grpc`, and only OTLP over HTTP is spoken")
    }
    let scheme = endpoint.prefix(8).lowercased()
    guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else {
      throw Fault(message: "OpenTelemetry's endpoint begins with neither `http://` nor `https://`")
    }
    // The general one is a base; the one for traces is used as it is.
    let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
    return TraceSettings(
      url: own ?? base + "/v1/traces",
      headers: pairs(option("HEADERS") ?? "").filter(isHeader),
      timeout: timeout(option("TIMEOUT")), resource: resource(text), parent: parent,
      traceState: parent == nil ? nil : text("TRACESTATE"), certificate: option("CERTIFICATE"),
      clientCertificate: option("CLIENT_CERTIFICATE"), clientKey: option("CLIENT_KEY"))
  }

  private static func timeout(_ milliseconds: String?) -> Duration {
    guard let milliseconds, let count = Int64(milliseconds), count > 0 else { return usualTimeout }
    return min(mostTimeout, .milliseconds(count))
  }

  private static func resource(_ text: (String) -> String?) -> [Pair] {
    let given = pairs(text("OTEL_RESOURCE_ATTRIBUTES") ?? "")
    let name =
      text("OTEL_SERVICE_NAME") ?? given.last { $0.name == "service.name" }?.value ?? "stagecraft"
    return [Pair(name: "service.name", value: name)] + given.filter { $0.name != "service.name" }
  }

  /// A header that can be sent without becoming two.
  private static func isHeader(_ pair: Pair) -> Bool {
    !pair.name.contains(":")
      && (pair.name + pair.value).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  /// Reads `a=1,b=2`, values and names with `%XX`; what is no pair is left out.
  static func pairs(_ text: String) -> [Pair] {
    text.split(separator: ",").compactMap { part in
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let name = decoded(trimmed(part[..<equals]))
      guard !name.isEmpty else { return nil }
      return Pair(name: name, value: decoded(trimmed(part[part.index(after: equals)...])))
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == 0x25, digits.count == 2, let value = UInt8(Substring(digits), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
