// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Numbers that hosts, engines and files tell: the largest ones, and what is none, where each comes in.

import Cache
import TaskGraph
import TestSupport
import Testing

@testable import Tasks

struct HostNumberTests {
  /// Numbers around every bound that arithmetic has.
  static let texts = [
    "", "-", "-1", "-9223372036854775808", "9007199254740992", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "99999999999999999999", "1e9", "0x10", "٣", "08",
  ]

  @Test(arguments: texts)
  func `a number is bounded where it comes in`(_ text: String) {
    if let number = HostNumber.read(text) { #expect((0...HostNumber.most).contains(number)) }
    if let bytes = HostNumber.bytes(kibibytes: text) { #expect(bytes >= 0) }
    #expect(HostNumber.read("9007199254740992") == 1 << 53)
    #expect(HostNumber.read("9007199254740993") == nil)
  }

  @Test(arguments: texts)
  func `facts with any number are facts or an error`(_ text: String) {
    let end = "engine 1 linux/amd64\nimages end\ncontainers end\nfacts end\n"
    for lines in [
      "free \(text)\n", "clock \(text)\n", "clock \(text)\nlock - - \(text) \(text)\n",
      "clock 5\nlock - - \(text) 5\n", "clock 5\nlock - - 5 \(text)\n",
      "container [\"a\",\"/b\",\"c\",\"\",\"\",\"running\",\"none\",\(text),\(text),\"\"]\n",
      "held [\"a\",\"\(text)\",\"\",\"\",\"\",\"\"]\nbeat \(text) \(text)\n",
    ] {
      do throws(TaskError) {
        let facts = try HostFactsScript.facts(of: "h", in: lines + end)
        #expect(facts.freeBytes >= 0 && facts.clock >= 0)
      } catch {
        #expect(error.code == .unexpectedAnswer("h"))
      }
    }
  }

  @Test(arguments: texts)
  func `a lock with any number is a lock or an error`(_ text: String) {
    for answer in [
      "taken - \(text) - -", "ours \(text) - 5 - -", "ours 0 - \(text) \(text) \(text)",
      "held - - \(text) 5 5 - -", "held - - 5 \(text) 5 - -", "held - - 5 5 \(text) - -",
      "over - - \(text) \(text) \(text) - - - \(text) - -",
    ] {
      do throws(TaskError) {
        if case .held(let holder) = try LockAnswer(answer, on: "h") {
          #expect(holder.age >= 0 && holder.silence >= 0)
        }
      } catch {
        #expect(error.code == .unexpectedAnswer("h"))
      }
    }
  }

  @Test(arguments: texts)
  func `what an engine tells of its lock is a lock or an error`(_ text: String) {
    let id = String(repeating: "a", count: 64)
    for answer in [
      "state - \(text) - -\ntaken \(id) \(text)\n",
      "state - 5 - -\nlock [\"\(id)\",\"\(text)\",null,null,null,null]\nbeat \(text) \(text)\n",
      "state - 5 - -\nlock [\"\(id)\",\"\(text)\",null,null,null,null]\n"
        + "beat - 2026-11-28T17:09:09.893689328Z\n",
    ] {
      do throws(TaskError) {
        let found = try EngineLockAnswer(answer, on: "h").found
        #expect(found.map { $0.holder.age >= 0 && $0.holder.silence >= 0 } ?? true)
      } catch {
        #expect(error.code == .unexpectedAnswer("h"))
      }
    }
  }

  @Test func `a lock in an engine is as old as its last sign of life by the engine's clock`() throws
  {
    let id = String(repeating: "b", count: 64)
    func found(_ beat: String) throws -> EngineLockAnswer.Found? {
      EngineLockAnswer.found(
        [id, "2026-11-28T17:00:00.5Z", "me", "t", "r", "p"], beat: beat,
        clock: "2026-11-28T18:02:00+01:00")
    }
    let silent = try #require(try found("-"))
    #expect(silent.holder.age == 119 && silent.holder.silence == 119 && silent.holder.isExpired)
    // 2026-11-28T17:01:50Z
    let alive = try #require(try found("MjAyNi0xMS0yOFQxNzowMTo1MFoK"))
    #expect(alive.holder.silence == 10 && !alive.holder.isExpired && !alive.isOdd)
    for odd in ["MDg=", "MjAyNy0xMS0yOFQxNzowMTo1MFoK", "//8="] {
      let found = try #require(try found(odd))
      #expect(found.isOdd && found.holder.silence == 0 && !found.holder.isExpired)
    }
  }
}
