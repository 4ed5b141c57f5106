// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Scripts on real hosts: what arrives there byte for byte, what servers refuse, and what is told when a
// host cannot be had.

import Cache
import Foundation
import TaskGraph
import Tasks
import TestSupport
import Testing

extension RemoteHostTests {
  struct RemoteConnectionTests {
    @Test func `every character arrives in arguments, every byte on standard input`() async throws {
      var arguments = (1...0x2FF).compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
      arguments += [
        "", " ", "-n", "a b", "$HOME", "$(id)", "`id`", "it's", "\\", "\\'", "'\\''", "\"", "!x",
        "~",
        "*", "=a", "a\nb\n", "\r\n", "é🙂", "--", "%s", "a'\"\\$\n",
      ]
      let script = RemoteScript(
        "for a; do printf %s \"$a\" | base64 | tr -d '\\n'; echo; done", arguments)
      let answer = try await RemoteStack.caller().call(script, on: RemoteStack.host("h1"))
      let lines = answer.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      #expect(lines.count == arguments.count)
      for (line, argument) in zip(lines, arguments) {
        #expect(
          Data(base64Encoded: String(line)) == Data(argument.utf8), "\(argument.debugDescription)")
      }
      var bytes = (0...255).map { UInt8($0) }
      for length in [1, 4095, 70_000] {
        bytes += [UInt8](repeating: UInt8(length % 251), count: length)
      }
      let echoed = try await RemoteStack.caller().call(
        RemoteScript("sha256sum | cut -d' ' -f1", input: bytes), on: RemoteStack.host("h1"))
      #expect(echoed == Digest.of(bytes).hex + "\n")
    }

    @Test func `what a command writes streams to the host, and its failure is told`() async throws {
      let size = 200_000_000
      var script = RemoteScript("wc -c")
      let environment = RemoteStack.environment
      script.producer = Command(
        "head", ["-c", "\(size)", "/dev/zero"], directory: "/", environment: environment)
      let counted = try await RemoteStack.caller().call(script, on: RemoteStack.host("h1"))
      #expect(counted.filter(\.isNumber) == "\(size)")
      script.producer = Command(
        "sh", ["-c", "echo half; echo trouble >&2; exit 5"], directory: "/",
        environment: environment)
      let error = await failure {
        try await RemoteStack.caller().call(script, on: RemoteStack.host("h1"))
      }
      #expect(error?.code == .exited(5))
      #expect(error?.logTail.contains("trouble") == true)
      // A script that reads nothing ends the sender, and is the one that is told of.
      var deaf = RemoteScript("exit 4")
      deaf.producer = Command(
        "head", ["-c", "\(size)", "/dev/zero"], directory: "/", environment: environment)
      let refused = await failure {
        try await RemoteStack.caller().call(deaf, on: RemoteStack.host("h1"))
      }
      #expect(refused?.code == .exited(4))
    }

    /// Runs many scripts at once and returns the errors.
    private func many(
      _ count: Int, on host: String, _ caller: RemoteCaller
    ) async -> [TaskError] {
      await withTaskGroup(of: TaskError?.self) { group in
        for number in 1...count {
          group.addTask {
            await failure {
              let answer = try await caller.call(
                RemoteScript("sleep 0.2; echo \"$1\"", [String(number)]), on: RemoteStack.host(host)
              )
              guard answer == "\(number)\n" else {
                throw TaskError(.unexpectedAnswer(host), "`\(answer)` is not \(number)")
              }
            }
          }
        }
        var errors: [TaskError] = []
        for await error in group { if let error { errors.append(error) } }
        return errors
      }
    }

    @Test func `twenty scripts at once share one connection`() async throws {
      try await RemoteStack.withFolder { folder in
        let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder])
        // OpenSSH takes ten sessions a connection where nobody says otherwise.
        let errors = await many(10, on: "h1", caller)
        #expect(errors == [])
        #expect(caller.traffic.counts == RemoteTraffic.Counts(connections: 1, roundTrips: 10))
      }
    }

    @Test func `a server of one session a connection serves eight at once, without noise`()
      async throws
    {
      try await RemoteStack.with(sshd: ["MaxSessions 1"], on: "h2") {
        try await RemoteStack.withFolder { folder in
          let log = LineBuffer()
          let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder], log: log)
          let errors = await many(8, on: "h2", caller)
          #expect(errors == [])
          #expect(log.text == "")
          #expect(caller.traffic.counts.connections > 1)
        }
      }
    }

    @Test func `a server that takes three logins at once serves twenty at once`() async throws {
      // Both limits, so that each of the twenty needs a connection of its own.
      try await RemoteStack.with(sshd: ["MaxStartups 3:30:10", "MaxSessions 1"], on: "h3") {
        try await RemoteStack.withFolder { folder in
          let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder])
          let errors = await many(20, on: "h3", caller)
          #expect(errors == [])
        }
      }
    }

    @Test func `names that are not known to lead to one server are served as well`() async throws {
      try await RemoteStack.with(sshd: ["MaxStartups 3:30:10"], on: "h3") {
        try await RemoteStack.withFolder { folder in
          let config = try #require(RemoteStack.environment["STAGECRAFT_STACK_SSH_CONFIG"])
          let address = try #require(RemoteStack.environment["STAGECRAFT_STACK_NET"]) + ".13"
          let aliases = (1...20).map { "Host h-alias\($0)\n  HostName \(address)\n" }
          try (aliases.joined() + "Host *\n  Include \(config)\n").write(
            toFile: folder + "/config", atomically: true, encoding: .utf8)
          // Nothing is shared, as behind a jump host.
          let environment = try Self.wrapped(
            folder, "-F \(folder)/config -o ControlMaster=no -o ControlPath=none \"$@\"")
          let caller = RemoteStack.caller(
            adding: environment.merging(["XDG_RUNTIME_DIR": folder]) { own, _ in own })
          let errors = await withTaskGroup(of: TaskError?.self) { group in
            for number in 1...20 {
              group.addTask {
                await failure {
                  try await caller.call(
                    RemoteScript("true"), on: RemoteStack.host("h-alias\(number)"))
                }
              }
            }
            var errors: [TaskError] = []
            for await error in group { if let error { errors.append(error) } }
            return errors
          }
          #expect(errors == [])
        }
      }
    }

    /// A PATH on which `ssh` is the real one with these words.
    private static func wrapped(_ folder: String, _ words: String) throws -> [String: String] {
      let bin = folder + "/bin"
      try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
      try "#!/bin/sh\nexec /usr/bin/ssh \(words)\n".write(
        toFile: bin + "/ssh", atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bin + "/ssh")
      return ["PATH": bin + ":" + (RemoteStack.environment["PATH"] ?? "/usr/bin:/bin")]
    }

    @Test func `a control socket that nobody listens to is survived`() async throws {
      try await RemoteStack.withFolder { folder in
        let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder])
        let host = RemoteStack.host("h1")
        _ = try await caller.call(RemoteScript("true"), on: host)
        let sockets = try FileManager.default.contentsOfDirectory(atPath: folder + "/stagecraft")
        let socket = folder + "/stagecraft/" + (try #require(sockets.first))
        // The process that holds the connection dies as when the machine goes down.
        let master = try RunningProgram(
          ["ssh", "-O", "check", "-o", "ControlPath=\(socket)", "h1"], in: "/",
          environment: RemoteStack.environment
        ).wait()
        let id = try #require(pid_t((master.out + master.err).filter(\.isNumber)))
        kill(id, SIGKILL)
        #expect(eventually { kill(id, 0) != 0 })
        #expect(FileManager.default.fileExists(atPath: socket))
        #expect(try await caller.call(RemoteScript("echo yes"), on: host) == "yes\n")
      }
    }

    @Test func `sockets are ours alone and their names are short`() async throws {
      try await RemoteStack.withFolder { folder in
        let long = folder + "/" + String(repeating: "x", count: 100)
        try FileManager.default.createDirectory(atPath: long, withIntermediateDirectories: true)
        let found = try #require(ControlSockets.folder(environment: ["XDG_RUNTIME_DIR": long]))
        #expect(found == "/tmp/stagecraft-\(geteuid())")
        let near = try #require(ControlSockets.folder(environment: ["XDG_RUNTIME_DIR": folder]))
        #expect(near == folder + "/stagecraft")
        let mode = try FileManager.default.attributesOfItem(atPath: near)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        // A link may lead to somebody else.
        let other = folder + "/other"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
          atPath: other + "/stagecraft", withDestinationPath: near)
        #expect(ControlSockets.folder(environment: ["XDG_RUNTIME_DIR": other]) == found)
      }
    }

    @Test func `a host whose key is not known is refused with what to do`() async throws {
      try await RemoteStack.withFolder { folder in
        let config = try #require(RemoteStack.environment["STAGECRAFT_STACK_SSH_CONFIG"])
        let environment = try Self.wrapped(
          folder, "-F \(config) -o UserKnownHostsFile=/dev/null \"$@\"")
        let caller = RemoteStack.caller(
          adding: environment.merging(["XDG_RUNTIME_DIR": folder]) { own, _ in own })
        let error = await failure {
          try await caller.call(RemoteScript("true"), on: RemoteStack.host("h1"))
        }
        #expect(error?.code == .unavailable("h1"))
        #expect(error?.message.contains("is not known on this machine") == true)
      }
    }

    @Test func `a login that is refused is told as that`() async throws {
      try await RemoteStack.withFolder { folder in
        let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder])
        let error = await failure {
          try await caller.call(RemoteScript("true"), on: RemoteStack.host("nobody@h1"))
        }
        #expect(error?.message == "`nobody@h1` refused the login: permission denied")
        // A name with a user is a destination like any other.
        let root = try await caller.call(RemoteScript("id -un"), on: RemoteStack.host("root@h1"))
        #expect(root == "root\n")
      }
    }

    @Test func `a host that is cut off is unavailable in the time that was given`() async throws {
      try RemoteStack.stack("partition", "h2").ends(0)
      defer { _ = try? RemoteStack.stack("heal", "h2") }
      try await RemoteStack.withFolder { folder in
        let caller = RemoteStack.caller(
          adding: ["XDG_RUNTIME_DIR": folder, "STAGECRAFT_SSH_TIMEOUT": "2"])
        let error = await failure {
          try await caller.call(RemoteScript("true"), on: RemoteStack.host("h2"))
        }
        #expect(error?.code == .unavailable("h2"))
        #expect(error?.message == "`h2` did not answer within 2 s")
      }
    }

    @Test func `a host that falls silent while a script runs is noticed`() async throws {
      defer { _ = try? RemoteStack.stack("heal", "h2") }
      try await RemoteStack.withFolder { folder in
        let caller = RemoteStack.caller(adding: ["XDG_RUNTIME_DIR": folder])
        _ = try await caller.call(RemoteScript("true"), on: RemoteStack.host("h2"))
        async let error = failure {
          try await caller.call(RemoteScript("exec sleep 600"), on: RemoteStack.host("h2"))
        }
        try RemoteStack.stack("partition", "h2").ends(0)
        let start = ContinuousClock.now
        #expect(await error?.code == .unavailable("h2"))
        #expect(ContinuousClock.now - start < .seconds(40))
      }
    }
  }
}
