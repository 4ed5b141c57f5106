// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves how OpenTelemetry's variables are read, and what becomes of reports with very many tasks.

import Foundation
import Testing

@testable import TaskGraph

struct TraceSettingsTests {
  private func settings(_ variables: [String: String]) throws -> TraceSettings? {
    try TraceSettings.read { variables[$0] }
  }

  private let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"]

  @Test func `the general endpoint is a base, the one for traces is used as it is`() throws {
    #expect(try settings([:]) == nil)
    #expect(try settings(["OTEL_EXPORTER_OTLP_ENDPOINT": ""]) == nil)
    #expect(try settings(endpoint)?.url == "http://c:4318/v1/traces")
    #expect(
      try settings(["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/base/"])?.url
        == "https://c/base/v1/traces")
    #expect(
      try settings(
        endpoint.merging(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x"]) { $1 })?.url
        == "http://t/x")
  }

  @Test(arguments: [
    (nil, Duration.seconds(2)), ("300", .milliseconds(300)), ("600000", .seconds(10)),
    ("0", .seconds(2)), ("soon", .seconds(2)),
  ])
  func `sending takes two seconds at most, or what is said up to ten`(
    text: String?, expected: Duration
  ) throws {
    #expect(
      try settings(endpoint.merging(text.map { ["OTEL_EXPORTER_OTLP_TIMEOUT": $0] } ?? [:]) { $1 })?
        .timeout == expected)
  }

  @Test func `headers and attributes are lists of pairs, and a header is one line`() throws {
    let read = try #require(
      try settings(
        endpoint.merging([
          "OTEL_EXPORTER_OTLP_HEADERS": " a = 1%202 ,junk,=x,b=y%0D%0Az,c:d=1,e=%",
          "OTEL_RESOURCE_ATTRIBUTES": "service.name=theirs,team=a%2Cb",
        ]) { $1 }))
    #expect(read.headers.map { "\($0.name)|\($0.value)" } == ["a|1 2", "e|%"])
    #expect(read.resource.map { "\($0.name)|\($0.value)" } == ["service.name|theirs", "team|a,b"])
    #expect(
      try settings(endpoint.merging(["OTEL_SERVICE_NAME": "mine"]) { $1 })?.resource.first?.value
        == "mine")
  }

  @Test(arguments: [
    ["OTEL_SDK_DISABLED": "true"], ["OTEL_TRACES_EXPORTER": "none"],
    ["OTEL_TRACES_EXPORTER": "zipkin"], ["OTEL_TRACES_SAMPLER": "always_off"],
  ])
  func `whoever wants no traces gets none`(variables: [String: String]) throws {
    #expect(try settings(endpoint.merging(variables) { $1 }) == nil)
  }

  @Test(arguments: [
    ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
    ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true),
    ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false),
    ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
    ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
    ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false), ("", false),
  ])
  func `a parent is read as the standard writes it`(text: String, isOne: Bool) {
    #expect((TraceParent(text) != nil) == isOne)
  }

  @Test func `of very many tasks those that ran are told, and how many are not`() throws {
    func entry(_ number: Int, _ outcome: Outcome) -> RunReport.Entry {
      RunReport.Entry(
        id: TaskID("t\(number)"), taskClass: .pure, policy: TaskPolicy(), outcome: outcome,
        reason: .unchanged, start: 0, end: 0)
    }
    var entries = (0..<6000).map { entry($0, .reused(saved: .zero, restored: 0)) }
    entries.append(entry(6000, .executed(.seconds(1))))
    let report = RunReport(
      id: "r", goal: "build", entries: entries, duration: .zero, wasInterrupted: false)
    let read = try #require(try settings(endpoint))
    var random = SystemRandomNumberGenerator()
    let body = TraceSpans.render(
      [TraceSpans.Run(report: report, wall: 1)], read, version: "1", random: &random)
    let text = String(decoding: body, as: UTF8.self)
    #expect(try JSONSerialization.jsonObject(with: Data(body)) is [String: Any])
    #expect(text.components(separatedBy: "\"spanId\"").count == 1 + 1 + TraceSpans.mostTasks)
    #expect(text.contains("\"name\":\"t6000\""))
    #expect(text.contains(#""stagecraft.tasks.left_out","value":{"intValue":"1001"}"#))
  }
}
