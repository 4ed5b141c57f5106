// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Checks the text of every script for hosts: that POSIX shells read it, and that shellcheck, where it is
// installed, has nothing to say. What the scripts do is the end-to-end tests' matter.

import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct HostScriptTests {
  private func check(_ words: [String], _ text: String) async throws -> (Termination, String) {
    let lines = EventList()
    let termination = try await SubprocessRunner().run(
      Command(
        words[0], Array(words.dropFirst()), directory: "/",
        environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"], input: Array(text.utf8))
    ) { line, _ in lines.append(Event(.warning(nil, line), time: 0)) }
    let said = lines.all.map { if case .warning(_, let text) = $0.kind { text } else { "" } }
    return (termination, said.joined(separator: "\n"))
  }

  @Test(arguments: HostScript.all.map(\.name))
  func `a script is read by a POSIX shell`(_ name: String) async throws {
    let script = try #require(HostScript.all.first { $0.name == name })
    let (termination, said) = try await check(["/bin/sh", "-n"], script.text)
    #expect(termination == .exited(0), "\(said)")
    #expect(script.text.contains("set -eu"))
    #expect(!script.text.contains("\t"))
  }

  @Test(arguments: HostScript.all.map(\.name))
  func `shellcheck has nothing to say of a script`(_ name: String) async throws {
    let script = try #require(HostScript.all.first { $0.name == name })
    do throws(TaskError) {
      // Lists of ids are split and joined on purpose; `env` is on the host only; subshells are meant.
      let (termination, said) = try await checkTyped(
        [
          "shellcheck", "--shell=sh",
          "--exclude=SC2086,SC2046,SC1091,SC2030,SC2031,SC2329,SC2116,SC2005", "-",
        ], script.text)
      #expect(termination == .exited(0), "\(said)")
    } catch {
      guard case .programMissing = error.code else { throw error }
    }
  }

  @Test(arguments: ["/bin/sh", "busybox sh"])
  func `the scripts of locks are read by a POSIX shell`(_ shell: String) async throws {
    for text in [
      LeaseScripts.take, LeaseScripts.look, LeaseScripts.beat, LeaseScripts.release,
      LeaseScripts.unlock, EngineLockScripts.take, EngineLockScripts.look, EngineLockScripts.beat,
      EngineLockScripts.unlock, EngineLockScripts.forget, HostFactsScript.text,
    ] {
      do throws(TaskError) {
        let words = shell.split(separator: " ").map(String.init)
        let (termination, said) = try await checkTyped(words + ["-n"], text)
        #expect(termination == .exited(0), "\(said)")
      } catch {
        guard case .programMissing = error.code else { throw error }
      }
    }
  }

  @Test(arguments: ["start", "health", "retire", "replace", "job", "rollout", "orphans"])
  func `no script waits by a clock that somebody may set`(_ name: String) async throws {
    let script = try #require(HostScript.all.first { $0.name == name })
    #expect(!script.text.contains("=$(date") && !script.text.contains("$(($(date"))
    #expect(script.text.contains("/proc/uptime"))
  }

  private func checkTyped(
    _ words: [String], _ text: String
  ) async throws(TaskError) -> (Termination, String) {
    do {
      return try await check(words, text)
    } catch let error as TaskError {
      throw error
    } catch {
      throw TaskError(.invariant, "\(error)")
    }
  }
}
