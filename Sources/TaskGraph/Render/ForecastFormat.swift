// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says how long a plan will take and what decides that, in two lines. Knows no display.

/// Puts forecasts into words.
package enum ForecastFormat {
  /// A path longer than this is shown by its longest steps.
  private static let mostSteps = 6

  /// What is over sooner is not worth a forecast.
  private static let least = Duration.seconds(1)

  /// Lines for a person, each ended by a line break; empty where nothing would run for a second.
  package static func text(_ forecast: Forecast, _ entries: [PlanEntry]) -> String {
    guard forecast.duration >= least, !forecast.criticalPath.isEmpty else { return "" }
    var text = "expected: \(DurationFormat.text(forecast.duration))"
    if forecast.guesses > 0 {
      text +=
        " (\(forecast.guesses) step\(forecast.guesses == 1 ? "" : "s") never ran here: guessed)"
    }
    if let host = forecast.host, forecast.hostShare > .zero {
      text += ", \(DurationFormat.text(forecast.hostShare)) of it waits for host `\(host)`"
    }
    return text + "\ncritical path: " + path(forecast, entries) + "\n"
  }

  private static func path(_ forecast: Forecast, _ entries: [PlanEntry]) -> String {
    let byID = Dictionary(entries.map { ($0.id, $0) }) { first, _ in first }
    let steps = forecast.criticalPath.compactMap { byID[$0] }
      .map { (id: $0.id, duration: $0.expected ?? Forecast.guess($0)) }
    let longest = Set(
      steps.sorted { ($1.duration, $0.id) < ($0.duration, $1.id) }.prefix(mostSteps).map(\.id))
    var words: [String] = []
    var left = 0
    for step in steps {
      guard longest.contains(step.id) else {
        left += 1
        continue
      }
      words.append("`\(step.id)` \(DurationFormat.text(step.duration))")
    }
    return words.joined(separator: " → ") + (left > 0 ? " (and \(left) short ones)" : "")
  }
}
