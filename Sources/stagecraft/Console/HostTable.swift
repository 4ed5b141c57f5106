// SPDX-License-Identifier: AGPL-3.0-or-later
//
// How hosts came out of a run, as lines for a person.

import Planning

/// Shows what a run did to hosts.
struct HostTable: Sendable {
  let style: Style

  /// One line a host; nothing where every host was as it should be.
  func render(_ hosts: [HostReport]) -> String {
    guard hosts.contains(where: { $0.status != .unchanged }) else { return "" }
    let width = hosts.map(\.name.count).max() ?? 0
    return hosts.map { host in
      let name = host.name + String(repeating: " ", count: width - host.name.count)
      let status =
        host.status.rawValue + String(repeating: " ", count: 9 - host.status.rawValue.count)
      let tint: Style.Role =
        switch host.status {
        case .done, .unchanged: .good
        case .failed: .bad
        case .skipped: .caution
        }
      let rest =
        host.failure.map(TerminalText.sanitized)
        ?? (host.changed.isEmpty ? "" : host.changed.joined(separator: ", "))
      return ("  \(name)  " + style(tint, status) + "  " + rest).trimmingEnd()
    }.joined(separator: "\n") + "\n"
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
