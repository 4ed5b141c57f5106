// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A host that is reached by way of another one, as the user's SSH configuration says.

import Foundation
import Testing

extension DeployTests {
  @Suite(.lane(.harmedHosts), .serialized) struct Bastion {
    @Test func `a host behind a bastion is deployed to through it`() throws {
      let hosts = try Stack.own(2)
      let app = try Deployed(hosts, services: [("web", ["environment: { ROUND: one }"])])
      try app.project.write(
        "jump/config",
        "Host \(hosts[1])\n  ProxyJump \(hosts[0])\nHost *\nInclude \(Stack.sshConfiguration)\n")
      try app.project.write(
        "jump/ssh", "#!/bin/sh\nexec /usr/bin/ssh -F '\(app.project.root)/jump/config' \"$@\"\n",
        mode: 0o755)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      // No connection that an earlier run left open goes past the bastion.
      let variables = [
        "PATH": "\(app.project.root)/jump:\(path)", "XDG_RUNTIME_DIR": app.project.root,
      ]
      func logins() throws -> Int {
        let log = try Stack.shell(hosts[1], "cat /var/log/sshd.log")
        return log.split(whereSeparator: \.isNewline).count {
          $0.hasPrefix("Accepted publickey") && $0.contains(" from \(Stack.address(hosts[0])) ")
        }
      }
      let before = try logins()
      try app.deploy(adding: variables).ends(0)
      #expect(try logins() > before)
      for host in hosts { #expect(try app.variable("ROUND", on: host) == "one") }
      try app.deploy(adding: variables).ends(0).says("nothing to do")
    }
  }
}
