// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What real hosts say of themselves: containers of two projects, images, receipts, releases, an engine
// that is away; in one round trip.

import Cache
import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

extension RemoteHostTests {
  struct RemoteFactsTests {
    private static func facts(
      _ host: Tasks.Host, _ caller: RemoteCaller = RemoteStack.caller()
    ) async throws -> HostFacts {
      let answer = try await caller.call(
        RemoteScript(HostFactsScript.text, [host.directory, host.composeProject]), on: host)
      return try HostFactsScript.facts(of: host.name, in: answer)
    }

    private static func sh(_ host: Tasks.Host, _ text: String, input: String = "") async throws
      -> String
    {
      try await RemoteStack.caller().call(
        RemoteScript(text, [host.directory, host.composeProject], input: Array(input.utf8)),
        on: host)
    }

    @Test func `a host tells its containers, images, releases and lock in one round trip`()
      async throws
    {
      try RemoteStack.stack("images").ends(0)
      let host = RemoteStack.host("h1")
      let registry = try #require(RemoteStack.environment["STAGECRAFT_STACK_REGISTRY"])
      defer {
        _ = try? RemoteStack.stack(
          "exec", "h1", "sh", "-c",
          "docker ps -aq --filter label=remote-test=\(host.composeProject) | xargs -r docker rm -f;"
            + " rm -rf \(host.directory)")
      }
      let record = "{\"by\":\"it's \\\"é\u{2028}\u{85}\",\"x\":1}"
      _ = try await Self.sh(
        host,
        #"""
        set -e
        image=\#(registry)/test-web:1
        docker pull -q $image >/dev/null
        start() { docker create -q --label remote-test=$2 "$@" >/dev/null; }
        one() {
          project=$1 service=$2 spec=$3; shift 3
          docker create --label remote-test=$test --label com.docker.compose.project=$project \
            --label com.docker.compose.service=$service --label dev.stagecraft.spec=$spec \
            --label com.docker.compose.oneoff=False "$@" >/dev/null
        }
        test=$2
        one $2 web aaa --name $2-web-1 $image
        one $2 worker '' --name $2-worker-1 $image
        one $2-other web bbb --name $2-other-web-1 $image
        docker start $2-web-1 $2-other-web-1 >/dev/null
        umask 077
        mkdir -p "$1/releases/r-1" "$1/releases/r-2" "$1/releases/half"
        printf 'r-2\nd2\n' >"$1/receipt"
        printf '{"digest":"d1","services":[]}' >"$1/releases/r-1/host.json"
        printf '{"digest":"d2","services":[]}' >"$1/releases/r-2/host.json"
        cat >"$1/releases/r-2/record.json"
        mkdir "$1/lock"
        now=$(date +%s)
        printf "o'connor@laptop (stagecraft deploy)\n" >"$1/lock/owner"
        echo t1 >"$1/lock/token"; echo $((now - 100)) >"$1/lock/taken"; echo $((now - 70)) >"$1/lock/beat"
        """#, input: record)
      try await RemoteStack.withFolder { folder in
        let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder])
        let facts = try await Self.facts(host, caller)
        #expect(caller.traffic.counts == RemoteTraffic.Counts(connections: 1, roundTrips: 1))
        #expect(facts.engine.first?.isNumber == true)
        #expect(facts.platform == "linux/amd64" || facts.platform == "linux/arm64")
        #expect(facts.compose == "installed")
        #expect(facts.problem == "")
        #expect(facts.receipt == HostReceipt(folder: "r-2", digest: "d2"))
        #expect(
          facts.releases == [
            HeldRelease(id: "r-1", digest: "d1", record: ""),
            HeldRelease(id: "r-2", digest: "d2", record: record),
          ])
        let lock = try #require(facts.lock)
        #expect(lock.owner == "o'connor@laptop (stagecraft deploy)")
        #expect(lock.token == "t1")
        #expect((100...130).contains(lock.age) && (70...100).contains(lock.silence))
        #expect(lock.isExpired)
        #expect(
          facts.containers.map(\.name)
            == ["web", "worker"].map { "\(host.composeProject)-\($0)-1" })
        let web = try #require(facts.containers.first)
        #expect(web.service == "web" && web.spec == "aaa" && web.state == "running")
        #expect(web.health == "none" || web.health == "starting" || web.health == "healthy")
        #expect(web.image.hasPrefix("sha256:") && facts.images.contains(web.image))
        #expect(facts.containers.last?.state == "created")
        #expect(facts.images.contains("\(registry)/test-web:1"))
        #expect(facts.images.contains { $0.hasPrefix("\(registry)/test-web@sha256:") })
        #expect(facts.freeBytes > 1 << 20)
        #expect(abs(facts.clock - Int64(Date().timeIntervalSince1970)) < 60)
        var again = try await Self.facts(host)
        #expect(again.containers.count == 2)
        // Its health may have changed meanwhile, nothing else has.
        again.containers = facts.containers
        #expect(again.storedBytes == facts.storedBytes)
      }
    }

    @Test func `a host of which nothing is known says so, and nothing is made there`() async throws
    {
      let host = RemoteStack.host("h2")
      let before = try await Self.sh(host, "ls -lan /var/lib/stagecraft /tmp; ls -la ~")
      let facts = try await Self.facts(host)
      #expect(facts.receipt == nil && facts.lock == nil && facts.containers == [])
      #expect(facts.releases == [])
      #expect(facts.compose.first?.isNumber == true)
      #expect(try await Self.sh(host, "ls -lan /var/lib/stagecraft /tmp; ls -la ~") == before)
    }

    @Test func `a host without an engine has facts all the same`() async throws {
      let host = RemoteStack.host("h3")
      defer { _ = try? RemoteStack.stack("exec", "h3", "systemctl", "start", "docker") }
      try RemoteStack.stack("exec", "h3", "systemctl", "stop", "docker").ends(0)
      let facts = try await Self.facts(host)
      #expect(facts.engine == "")
      #expect(facts.problem.contains("docker"))
      #expect(facts.containers == [] && facts.images == [])
      #expect(facts.clock > 0)
    }
  }
}
