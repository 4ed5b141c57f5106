// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Says what a host got last, and of each effect on it why it ran or would run. A pure function of the
// explanation.

import Planning
import TaskGraph
import Tasks

/// Prints the answer to `why` about a host.
struct HostPrinter: Sendable {
  let style: Style

  /// The whole text; with `asTree` each effect with all that led to it.
  func render(_ host: HostExplanation, asTree: Bool) -> String {
    var text = style(.bold, "host/\(host.host)") + " in `\(host.environment)`"
    if !host.roles.isEmpty {
      text += ", role " + host.roles.map { "`\($0)`" }.joined(separator: ", ")
    }
    text += "\n" + releases(host)
    if !host.images.isEmpty {
      text +=
        "\n" + style(.bold, "runs") + "\n" + table(host.images.map { [$0.service, $0.image] })
    }
    guard !host.effects.isEmpty else { return text }
    text +=
      "\n" + style(.bold, "effects") + style(.faint, " (from records, nobody was asked)") + "\n"
    let printer = WhyPrinter(style: style)
    if asTree { return text + host.effects.map { printer.tree($0) }.joined() }
    let prefix = "host/\(host.host)/"
    let names = host.effects.map { $0.id.text.dropFirst(prefix.count) }
    let width = names.map { TerminalText.width(String($0)) }.max() ?? 0
    var last = ""
    for (name, effect) in zip(names, host.effects) {
      let padding = String(repeating: " ", count: width - TerminalText.width(String(name)))
      let words = "\(printer.moment(effect)): \(reason(effect))"
      // What is the same for many is said once.
      text += "  \(mark(effect)) \(name)\(padding)  "
      text += (words == last ? style(.faint, "the same") : words) + "\n"
      last = words
    }
    return text
  }

  private func releases(_ host: HostExplanation) -> String {
    var rows: [[String]] = []
    if let release = host.release {
      rows.append(["got", words(release)])
      if let change = host.changedBy, change.id != release.id {
        rows.append(["changed by", "`\(change.id)`, nothing had to change since"])
      }
    } else {
      rows.append(["got", "nothing yet, as far as this machine knows"])
    }
    for (release, status) in host.unfinished {
      let phase = DeployPhase.allCases.first { release.status(of: $0) == .failed }
      let why = phase.flatMap { release.reasons[$0] }.map { ": \(TerminalText.sanitized($0))" }
      rows.append(["then", "`\(release.id)` \(status.rawValue) here" + (why ?? "")])
    }
    if let previous = host.previous {
      rows.append(["before", "`\(previous.id)`, version \(previous.version)"])
    }
    var text = table(rows)
    if host.release == nil {
      text += style(.faint, "hint") + ": `stagecraft releases list --refresh --env "
      text += "\(host.environment)` asks the hosts\n"
    }
    return text
  }

  private func words(_ release: ReleaseRecord) -> String {
    let back = release.rolledBackTo.map { ", back to `\($0)`" } ?? ""
    let owner = release.owner.isEmpty ? "" : " by \(TerminalText.sanitized(release.owner))"
    return "`\(release.id)`\(back), version \(release.version), \(release.time.shown) UTC\(owner)"
  }

  /// The reason, and where it begins if that is elsewhere.
  private func reason(_ effect: TaskExplanation) -> String {
    let own = ReasonFormat.text(effect.reason)
    guard let cause = effect.cause, cause.id != effect.id else { return own }
    let first = "\(ReasonFormat.text(cause.reason)) (`\(cause.id)`)"
    return effect.isCause ? "\(own), since \(first)" : first
  }

  private func mark(_ effect: TaskExplanation) -> String {
    switch effect.moment {
    case .ran(_, "failed"): style(.bad, "✗")
    case .ran, .found, .now(.hit): style(.good, "✓")
    case .now(let status): style.paint(status.tint, status.mark)
    }
  }

  private func table(_ rows: [[String]]) -> String {
    let width = rows.map { TerminalText.width($0[0]) }.max() ?? 0
    return rows.map { row in
      let padding = String(repeating: " ", count: width - TerminalText.width(row[0]))
      return "  " + style(.faint, row[0]) + padding + "  \(row[1])\n"
    }.joined()
  }
}
