// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Values with every character that something on the way might take for its own: byte for byte the
// same in the container, and in no other place than the file on the host that is there for them.

import Foundation
import Synchronization
import Testing

extension DeployTests {
  @Suite(.lane(.steadyHosts), .serialized) struct Secrets {
    /// Found wherever a value leaks.
    private static let canary = "canary-\(UUID().uuidString.prefix(8))"

    private static let values = [
      "DOLLARS": "$$HOME $HOME ${HOME} $(id) `id` \(canary) ends in $",
      "QUOTES": "it's \"\(canary)\" \\ \\n \\\\ # not a comment",
      "PEM": "-----BEGIN KEY-----\n\(canary)+/=\nAB==\n-----END KEY-----",
      "JSON": "{\"key\": \"\(canary)\\n\", \"list\": [1, 'two', \"$three\"]}",
      "LETTERS": "grüße 漢字 🦊 \(canary)",
      "BLANKS": "  \(canary) \t ",
      "SHELL": "\(canary); rm -rf /nonexistent & echo | cat > /tmp/x * ? ~ ! % ^",
    ]

    @Test func `values arrive byte for byte and lie nowhere but in the file for them`() throws {
      let hosts = try Stack.steady(2)
      let names = Self.values.keys.sorted()
      let app = try Deployed(
        hosts,
        services: [("web", ["environment:"] + names.map { "  \($0): ${\($0)}" })],
        environment: "    secrets: [\(names.joined(separator: ", "))]\n")
      // Whatever the machine runs is looked at while the deploy goes on.
      let watch = ProcessWatch(for: Self.canary)
      let first = try app.deploy("--verbose", adding: Self.values).ends(0)
      let leaked = watch.stop()
      #expect(leaked == [], "in the arguments of a process: \(leaked)")
      for host in hosts {
        for (name, value) in Self.values {
          #expect(try app.variable(name, on: host) == value, "\(name)")
        }
      }
      let words = ["--env", "prod"]
      var said = [first]
      said.append(
        try app.project.run(
          [Sandbox.program, "plan", "deploy", "--refresh", "--format", "json"] + words,
          adding: Self.values))
      var changed = Self.values
      changed["PEM"] = Self.values["PEM"].map { $0 + "\n" + Self.canary }
      said.append(
        try app.project.run([Sandbox.program, "plan", "deploy"] + words, adding: changed))
      said.append(try app.report(adding: changed).ended)
      said.append(try app.project.run([Sandbox.program, "releases", "list"] + words))
      // A container that cannot start shows its log and its state, also where it prints all it knows.
      let printing = "[\"/bin/busybox\", \"sh\", \"-c\", \"env; echo said it all; exit 3\"]"
      try app.edit("    environment:\n", "    entrypoint: \(printing)\n    environment:\n")
      let failed = try app.deploy("--verbose", adding: changed)
      #expect(failed.status != 0, "\(failed)")
      failed.says("said it all", "[QUOTES]", "[PEM]")
      said.append(failed)
      for ended in said {
        #expect(!ended.out.contains(Self.canary) && !ended.err.contains(Self.canary), "\(ended)")
      }
      #expect(try Self.files(below: app.project.directory) == [])
      for host in hosts { try expectClean(host) }
    }

    /// Files below a folder that hold the canary.
    private static func files(below folder: String) throws -> [String] {
      try RunningProgram(
        ["grep", "-rlaF", canary, folder], in: "/", environment: ["PATH": "/usr/bin:/bin"]
      ).wait().out.split(whereSeparator: \.isNewline).map(String.init)
    }

    /// Expects the canary on a host in files `env` of mode 0600 below the folder of the environment,
    /// in the engine's own records of containers, and in nothing else.
    private func expectClean(_ host: String) throws {
      let found = try Stack.run(
        host, "sh", "-c",
        "grep -rlaF \(Self.canary) /var /home /root /tmp /run /srv /opt 2>/dev/null; true"
      ).out.split(whereSeparator: \.isNewline).map(String.init)
      var isThere = false
      // What the engine keeps of containers, for itself.
      let engine = [
        "/var/lib/docker/containers/", "/var/lib/docker/containerd/", "/run/docker/containerd/",
      ]
      for path in found {
        if engine.contains(where: path.hasPrefix) { continue }
        let isOurs = path.hasPrefix("/var/lib/stagecraft/") && path.hasSuffix("/env")
        #expect(isOurs, "\(host): \(path)")
        guard isOurs else { continue }
        isThere = true
        #expect(try Stack.shell(host, "stat -c %a '\(path)'") == "600\n")
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        #expect(try Stack.shell(host, "stat -c %a '/\(folder)'") == "700\n")
      }
      #expect(isThere, "the search itself finds nothing on \(host): \(found)")
      let images = try Stack.shell(
        host,
        "docker images --quiet | sort -u | xargs docker inspect; "
          + "docker images --quiet | sort -u | xargs -n 1 docker history --no-trunc")
      #expect(!images.contains(Self.canary))
    }
  }
}

/// Looks through the arguments of all processes of the machine, those of its hosts among them, until
/// it is stopped.
private final class ProcessWatch: Sendable {
  private let isDone = Mutex(false)
  private let found = Mutex<Set<String>>([])
  private let ended = DispatchSemaphore(value: 0)

  init(for text: String) {
    Thread.detachNewThread { [self] in
      let wanted = Data(text.utf8)
      let own = "\(getpid())"
      while !isDone.withLock({ $0 }) {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for id in all where id.first?.isNumber == true && id != own {
          guard let words = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
            words.range(of: wanted) != nil
          else { continue }
          found.withLock { _ = $0.insert(String(decoding: words, as: UTF8.self)) }
        }
      }
      ended.signal()
    }
  }

  /// Stops looking; the command lines that held the text.
  func stop() -> [String] {
    isDone.withLock { $0 = true }
    ended.wait()
    return found.withLock { $0.sorted() }
  }
}
