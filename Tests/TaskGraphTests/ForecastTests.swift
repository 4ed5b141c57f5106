// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How long plans take in the mind: paths, pools, hosts and guesses.

import TaskGraph
import Testing

@Suite struct ForecastTests {
  private func entry(
    _ id: String, seconds: Int?, after dependencies: [String] = [], pool: Pool = .light,
    host: String? = nil, status: PlanEntry.Status = .run, taskClass: TaskClass = .effect
  ) -> PlanEntry {
    PlanEntry(
      id: TaskID(id), kind: "test", taskClass: taskClass,
      policy: TaskPolicy(pool: pool, host: host), status: status, reason: .neverRan,
      dependsOn: dependencies.map { TaskID($0) }, inputs: [],
      expected: seconds.map { .seconds($0) })
  }

  @Test func `the longest chain decides`() {
    let forecast = Forecast([
      entry("a", seconds: 3), entry("b", seconds: 1),
      entry("c", seconds: 4, after: ["a"]), entry("d", seconds: 5, after: ["b"]),
      entry("e", seconds: 1, after: ["c", "d"]),
    ])
    #expect(forecast.duration == .seconds(8))
    #expect(forecast.criticalPath.map(\.text) == ["a", "c", "e"])
    #expect(forecast.guesses == 0)
    #expect(forecast.host == nil)
  }

  @Test func `what is up to date takes no time`() {
    let forecast = Forecast([
      entry("a", seconds: 30, status: .hit), entry("b", seconds: 2, after: ["a"]),
    ])
    #expect(forecast.duration == .seconds(2))
    #expect(forecast.criticalPath.map(\.text) == ["b"])
  }

  @Test func `a place in a pool is waited for`() {
    let pool = Pool("one", capacity: 1)
    let forecast = Forecast([
      entry("a", seconds: 3, pool: pool), entry("b", seconds: 2, pool: pool),
      entry("c", seconds: 1, pool: pool),
    ])
    #expect(forecast.duration == .seconds(6))
    #expect(forecast.criticalPath.map(\.text) == ["a", "b", "c"])
  }

  @Test func `the host that most of the path is spent on bounds it`() {
    let forecast = Forecast([
      entry("one", seconds: 2, host: "h1"), entry("two", seconds: 5, after: ["one"], host: "h2"),
      entry("three", seconds: 1, after: ["two"], host: "h1"),
    ])
    #expect(forecast.host == "h2")
    #expect(forecast.hostShare == .seconds(5))
  }

  @Test func `an effect that never ran is guessed and said to be`() {
    let forecast = Forecast([entry("a", seconds: nil), entry("b", seconds: 1, after: ["a"])])
    #expect(forecast.guesses == 1)
    #expect(forecast.duration == .seconds(3))
    let text = ForecastFormat.text(forecast, [entry("a", seconds: nil), entry("b", seconds: 1)])
    #expect(
      text == """
        expected: 3.0 s (1 step never ran here: guessed)
        critical path: `a` 2.0 s → `b` 1.0 s

        """)
  }

  @Test func `a plan that only looks has no forecast`() {
    let forecast = Forecast([
      entry("facts", seconds: nil, taskClass: .observe), entry("a", seconds: 5, status: .hit),
    ])
    #expect(forecast.criticalPath.isEmpty)
    #expect(ForecastFormat.text(forecast, []).isEmpty)
  }
}
