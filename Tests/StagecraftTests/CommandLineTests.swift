// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Proves what flags, variables and exit codes come to.

import ArgumentParser
import TaskGraph
import Testing

@testable import stagecraft

struct CommandLineTests {
  private func words(_ text: String) -> CommandLineWords {
    CommandLineWords(
      text.split(separator: " ").map(String.init),
      subcommands: ["build": [], "plan": [], "cache": ["info", "gc"]])
  }

  @Test(arguments: [
    ("--env prod build api", "build --env prod api"), ("-e prod -v build", "build -e prod -v"),
    ("--env=prod --no-color build -- x", "build --env=prod --no-color -- x"),
    ("-v cache -e x info --dry-run", "cache info -v -e x --dry-run"),
    ("build --env prod", "build --env prod"), ("--env build", "--env build"),
    ("-eprod build", "build -eprod"), ("--env plan build", "build --env plan"),
    ("plan build -v", "plan build -v"), ("--bogus build", "--bogus build"), ("", ""),
  ])
  func `global flags move behind their command`(typed: String, expected: String) {
    #expect(words(typed).words.joined(separator: " ") == expected)
  }

  private func settings(
    _ flags: [String], _ variables: [String: String] = [:]
  ) throws -> Settings {
    try Settings(try GlobalOptions.parse(flags)) { variables[$0] }
  }

  @Test func `flags win over variables and variables over defaults`() throws {
    #expect(try settings([]).environment == "dev")
    #expect(try settings([]).isEnvironmentChosen == false)
    #expect(try settings([], ["STAGECRAFT_ENV": "stage"]).environment == "stage")
    #expect(try settings(["-e", "prod"], ["STAGECRAFT_ENV": "stage"]).environment == "prod")
    #expect(try settings([], ["STAGECRAFT_ENV": ""]).environment == "dev")
    #expect(try settings([], ["STAGECRAFT_CONFIG": "a.yml"]).config == "a.yml")
    #expect(try settings([], ["STAGECRAFT_VERBOSE": "1"]).isVerbose)
    #expect(try !settings(["--no-verbose"], ["STAGECRAFT_VERBOSE": "1"]).isVerbose)
    #expect(try settings([], ["STAGECRAFT_DRY_RUN": "True"]).isDryRun)
    #expect(try settings(["--no-color"]).color == false)
  }

  @Test func `a variable that is neither true nor false is the user's mistake`() {
    #expect(throws: CommandFailure.self) { try settings([], ["STAGECRAFT_VERBOSE": "junk"]) }
  }

  @Test func `a bug counts more than what failed outside and that more than input`() {
    func status(_ codes: TaskError.Code..., interrupted: Bool = false) -> stagecraft.ExitStatus {
      stagecraft.ExitStatus(
        Samples.report(
          codes.map { Samples.line("t", .failed(TaskError($0, "x")), .neverRan, from: 0, to: 0) },
          wasInterrupted: interrupted))
    }
    #expect(status() == .success)
    #expect(status(.input) == .input)
    #expect(status(.input, .exited(1)) == .outside)
    #expect(status(.exited(1), .invariant, .input) == .bug)
    #expect(status(.exited(1), interrupted: true) == .interrupted)
    let lost = Samples.line("t", .cancelled, .neverRan, from: 0, to: 0)
    #expect(stagecraft.ExitStatus(Samples.report([lost])) == .bug)
  }

  @Test func `the first interrupt cancels the work and its result still comes`() async {
    let (interrupts, continuation) = AsyncStream<Void>.makeStream()
    let (never, _) = AsyncStream<Void>.makeStream()
    let result = await Interruption.cancelling(on: interrupts) {
      continuation.yield()
      for await _ in never {}
      return Task.isCancelled
    }
    #expect(result == true)
  }

  @Test func `signals within a second are one wish, a later one ends the program`() {
    var wishes = Interruption.Wishes()
    let now = ContinuousClock.now
    #expect(!wishes.isAsked)
    #expect(wishes.take(at: now) == .ask)
    #expect(wishes.isAsked)
    #expect(wishes.take(at: now) == .nothing)
    #expect(wishes.take(at: now + .milliseconds(900)) == .nothing)
    #expect(wishes.take(at: now + .milliseconds(1100)) == .end)
  }

  @Test func `work that ends by itself is not cancelled`() async {
    let (interrupts, _) = AsyncStream<Void>.makeStream()
    let result = await Interruption.cancelling(on: interrupts) { Task.isCancelled }
    #expect(result == false)
  }
}
