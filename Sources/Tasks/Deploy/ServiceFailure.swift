// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Makes an error of what a script says of a container that does not work: what happened, what was done
// about it, what it wrote last. Decides by the script's words; reads no log.

import FoundationEssentials
import TaskGraph

/// A container that does not work.
struct ServiceFailure: Sendable {
  /// The script's word for what happened.
  let reason: String
  let exitCode: Int
  let container: String
  private let answer: ScriptAnswer
  private let service: ReleasedService
  private let host: String

  /// Reads `REASON CODE CONTAINER`.
  init(_ words: String, _ answer: ScriptAnswer, _ service: ReleasedService, host: String) {
    let parts = words.split(separator: " ", maxSplits: 2).map(String.init)
    reason = parts.first ?? ""
    exitCode = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    container = parts.count > 2 ? parts[2] : ""
    self.answer = answer
    self.service = service
    self.host = host
  }

  /// The error.
  var error: TaskError {
    TaskError(
      reason.hasPrefix("late") ? .timedOut(.seconds(service.healthSeconds)) : .unavailable(host),
      "`\(service.name)` on `\(host)`: \(happened)\(consequence)", hint: hint, logTail: lines)
  }

  private var subject: String { container.isEmpty ? "the container" : "`\(container)`" }

  private func named(_ containers: [String]) -> String {
    containers.map { "`\($0)`" }.joined(separator: ", ")
  }

  private var happened: String {
    switch reason {
    case "exited": "\(subject) ended with status \(exitCode)"
    case "restarts":
      "\(subject) starts and ends again and again"
        + (exitCode == 0 ? "" : ", with status \(exitCode)")
    case "unhealthy": "the health check of \(subject) failed too often"
    case "missing": "there are \(exitCode) of \(service.replicas) containers"
    case "gone": "somebody removed the new container while it was looked at"
    case "create": "the new container could not be made; what runs was not touched"
    case "start": "the new container could not be started"
    case "stop": "the old container could not be stopped"
    case "engine": "the engine did not answer for half a minute"
    case "busy": "\(subject) of an earlier release still runs after \(service.healthSeconds) s"
    case "plugin": "the plugin `docker rollout` is not installed"
    case "rollout": "`docker rollout` ended with status \(exitCode)"
    case "unchanged": "`docker rollout` ended well, but the old container is still there"
    case "late" where service.strategy == .job:
      "\(subject) did not end within \(service.healthSeconds) s and was stopped"
    case "late-running-unhealthy": "\(subject) was unhealthy for \(service.healthSeconds) s"
    case "late-restarting-none", "late-restarting-starting", "late-restarting-unhealthy":
      "\(subject) keeps restarting"
    default: "\(subject) was not healthy after \(service.healthSeconds) s"
    }
  }

  private var consequence: String {
    if answer["down"] != nil {
      return
        "; `\(service.name)` was being replaced and may be down, the next deploy brings it back"
    }
    let (restored, lost) = (answer.all("restored"), answer.all("lost"))
    if !lost.isEmpty { return "; what ran before, \(named(lost)), could not be started again" }
    if !restored.isEmpty { return "; what ran before, \(named(restored)), runs again" }
    if !answer.all("kept").isEmpty { return "; it was left as it is, since nothing else serves" }
    if !answer.all("removed").isEmpty {
      return "; it was removed"
    }
    return ""
  }

  private var hint: String? {
    switch reason {
    case "exited" where exitCode == 0 && service.strategy != .job:
      "if it is meant to end, write `restart: \"no\"` in the Compose file, or `strategy: job` for "
        + "it in `services` of stagecraft.yml"
    case "plugin":
      "run on `\(host)`: mkdir -p ~/.docker/cli-plugins && curl "
        + "https://raw.githubusercontent.com/wowu/docker-rollout/main/docker-rollout "
        + "-o ~/.docker/cli-plugins/docker-rollout && chmod +x ~/.docker/cli-plugins/docker-rollout"
    case "busy": "wait for it, or run on `\(host)`: docker stop \(container)"
    case "late" where service.strategy != .job, "late-running-starting":
      "raise `start_period` or `retries` of its health check if it needs longer"
    default: nil
    }
  }

  private var lines: [String] {
    answer.all("log")
      + answer.all("check").flatMap { line in
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        let said = Self.lines(parts.count > 1 ? parts[1] : "")
        let status = "health check ended with \(parts.first ?? "?")"
        return [said.first.map { "\(status): \($0)" } ?? status] + said.dropFirst()
      }
  }

  /// The lines of a text in JSON, as they were.
  ///
  /// What is secret in them could not be found in an escaped form; so what is no text of JSON is shown as
  /// none.
  private static func lines(_ json: String) -> [String] {
    let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8))
    return (text ?? "").split(whereSeparator: \.isNewline).map(String.init)
  }
}
