// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Where secrets of an application may stand on a host, and where nothing of them may.

import Cache
import Synchronization
import SystemPackage
import TaskGraph
import TestSupport
import Testing
import YAML

@testable import Tasks

struct RenderSecretTests {
  private let request = RenderExample.request

  @Test func `no secret stands in the compose file, every value stands in env`() async throws {
    try await RenderFixture.with(RenderExample.files) { fixture in
      let host = try await fixture.render(request)
      for secret in ["s3cret", "hidden", "hello", "PLAIN: one"] {
        #expect(!host.compose.contains(secret), "\(secret)")
      }
      let values = try RenderFixture.values(host.environment)
      #expect(values["SC_web_URL"] == "http://s3cret$value@api")
      #expect(values["SC_web_PLAIN"] == "one")
      #expect(values["SC_api_A"] == "1 2")
      #expect(values["SC_SECRET_TOKEN"] == "s3cret$value")
      #expect(values["SC_CONFIG_page"] == "hello s3cret$value")
      #expect(values["SC_SPEC_web"] == host.specs["web"])
      let web = try #require(try RenderFixture.node(host)["services"]?["web"])
      #expect(
        web["command"]?.sequence?.compactMap(\.string) == [
          "serve", "$$HOME", "--token=${SC_SECRET_TOKEN?use ../../compose}",
        ])
      #expect(web["environment"]?["URL"]?.string == "${SC_web_URL?use ../../compose}")
      #expect(web["environment"]?["NOTHING"]?.isNull == true)
      #expect(
        web["labels"]?["dev.stagecraft.spec"]?.string == "${SC_SPEC_web?use ../../compose}")
      let key = try #require(host.files.first { $0.path == "key.txt" })
      #expect(values["SC_FILE_key"] == "/var/lib/stagecraft/demo/prod/" + key.remotePath)
    }
  }

  @Test func `nothing secret is described or stored`() async throws {
    try await RenderFixture.with(RenderExample.files) { fixture in
      let application = try await fixture.application(request)
      let host = try await fixture.render(request)
      var told = "\(application) \(String(reflecting: application))"
      dump(application, to: &told)
      told += String(decoding: application.storedBytes + host.storedBytes, as: UTF8.self)
      for (name, text) in try fixture.tasks.project.contents(except: []) where name.hasPrefix(".") {
        told += text
      }
      for secret in ["s3cret", host.digest, host.specs["web"] ?? "no spec"] {
        #expect(!told.contains(secret), "\(secret)")
      }
      #expect(told.contains("application of 3 services"))
    }
  }

  @Test func `names that look alike get values of their own`() async throws {
    let text = """
      services:
        a-b: {image: a, environment: {X: one}}
        a_b: {image: a, environment: {X: two}}
        SPEC: {image: a, environment: {a-b: three}}
      """
    try await RenderFixture.with(["compose.yaml": text]) { fixture in
      let host = try await fixture.render()
      let values = try RenderFixture.values(host.environment)
      #expect(values.count == 6)
      #expect(Set(values.values).isSuperset(of: ["one", "two", "three"]))
      let services = try #require(try RenderFixture.node(host)["services"])
      for (name, key, value) in [
        ("a-b", "X", "one"), ("a_b", "X", "two"), ("SPEC", "a-b", "three"),
      ] {
        let reference = try #require(services[name]?["environment"]?[key]?.string)
        #expect(values[RenderVariables.name(reference)] == value)
      }
    }
  }

  @Test func `of overlapping secrets the longer is hidden, short ones stand`() throws {
    var secrets = RenderSecrets(["A": "secret", "B": "secret-long", "C": "12345"])
    var variables = RenderVariables()
    #expect(
      secrets.written("x$secret-long secret 12345", &variables)
        == "x$$${SC_SECRET_B?use ../../compose} ${SC_SECRET_A?use ../../compose} 12345")
    #expect(
      try RenderFixture.values(variables.assignments) == [
        "SC_SECRET_A": "secret", "SC_SECRET_B": "secret-long",
      ])
    #expect(secrets.written(["image": "secret"], &variables) == ["image": "secret"])
  }
}
