// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How hosts came out of a run, as lines for a person.

import Planning

/// Shows what a run did to hosts.
struct HostTable: Sendable {
  let style: Style

  /// One line a host: its name, how it came out, the release that is applied there now, what changed or
  /// failed; nothing where every host was as it should be.
  func render(_ hosts: [HostReport]) -> String {
    guard hosts.contains(where: { $0.status != .unchanged }) else { return "" }
    let width = hosts.map(\.name.count).max() ?? 0
    let statusWidth = max(9, hosts.map(\.status.rawValue.count).max() ?? 0)
    let releases = hosts.map { Self.text($0.release) }
    let releaseWidth = releases.map(\.count).max() ?? 0
    return zip(hosts, releases).map { host, release in
      let name = host.name + String(repeating: " ", count: width - host.name.count)
      let status =
        host.status.rawValue
        + String(repeating: " ", count: statusWidth - host.status.rawValue.count)
      let tint: Style.Role =
        switch host.status {
        case .done, .unchanged: .good
        case .failed: .bad
        case .skipped, .interrupted: .caution
        }
      let rest =
        host.failure.map(TerminalText.sanitized)
        ?? (host.between.isEmpty
          ? host.changed.joined(separator: ", ")
          : "in between: " + host.between.map(Self.text).joined(separator: "; "))
      let applied = release + String(repeating: " ", count: releaseWidth - release.count)
      return ("  \(name)  " + style(tint, status) + "  " + style(.faint, applied) + "  " + rest)
        .trimmingEnd()
    }.joined(separator: "\n") + "\n"
  }

  private static func text(_ between: HostReport.Between) -> String {
    let name = TerminalText.sanitized(between.service)
    guard let containers = between.containers else { return name }
    return containers.isEmpty
      ? "\(name) (no container)"
      : "\(name) (\(containers.map(TerminalText.sanitized).joined(separator: ", ")))"
  }

  private static func text(_ release: HostReport.Release) -> String {
    switch release {
    case .named(let id): TerminalText.sanitized(id)
    case .none: "no release yet"
    case .unknown: "not known"
    }
  }
}

extension String {
  /// Without white space at its end.
  func trimmingEnd() -> String {
    var text = Substring(self)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
