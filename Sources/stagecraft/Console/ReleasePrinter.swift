// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Draws releases as tables for people. Pure functions of records; what stands in a record is shown
// without what could steer a terminal.

import Planning
import Tasks

/// Draws releases.
struct ReleasePrinter {
  let style: Style

  /// A table of releases, each column as wide as its widest text.
  func list(_ records: [ReleaseRecord], _ book: ReleaseBook, hasEnvironment: Bool) -> String {
    let header =
      ["RELEASE ID"] + (hasEnvironment ? ["ENVIRONMENT"] : [])
      + ["VERSION", "TIMESTAMP (UTC)", "KIND", "STATUS"]
    let rows = records.map { record in
      [record.id] + (hasEnvironment ? [record.environment] : [])
        + [record.version, record.time.shown, Self.kind(record), book.status(of: record)]
    }
    let lines = Self.aligned([header] + rows).enumerated().map { number, cells in
      number == 0
        ? style(.bold, cells.joined())
        : cells.dropLast().joined() + painted(cells.last ?? "", as: cells.last ?? "")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// All of one release.
  func show(_ record: ReleaseRecord, _ book: ReleaseBook) -> String {
    let status = book.status(of: record)
    var rows = [
      ["Release ID:", record.id], ["Environment:", record.environment],
      ["Version:", record.version],
      ["Commit SHA:", record.commitSHA.isEmpty ? "N/A" : record.commitSHA],
      ["Timestamp:", "\(record.time.shown) UTC"],
      ["Previous Release:", record.previousID ?? "N/A"],
    ]
    rows.append(["Kind:", Self.kind(record)])
    if record.kind == .rollback || record.kind == .undo {
      rows.append(["Rolled Back To:", record.rolledBackTo ?? "N/A"])
    }
    if !record.owner.isEmpty { rows.append(["By:", record.owner]) }
    rows.append(["Status:", status])
    var text = Self.aligned(rows).map { $0.joined() + "\n" }.joined()
    text += section(
      "Phases",
      DeployPhase.allCases.map { phase in
        let reason = record.reasons[phase].map { " (\($0))" } ?? ""
        return (phase.rawValue, record.status(of: phase).rawValue, reason)
      })
    text += section("Hosts", sorted(record.hosts.mapValues(\.rawValue)).map { ($0.0, $0.1, "") })
    text += section("Images", sorted(record.images).map { ($0.0, $0.1, "") })
    for (host, services) in record.applied.sorted(by: { $0.key < $1.key }) {
      text += section("Services on \(host)", sorted(services).map { ($0.0, $0.1, "") })
    }
    return text
  }

  /// What changed, with a mark for added, removed and changed.
  func difference(_ difference: ReleaseDifference) -> String {
    let facts = difference.facts.map { change in
      [change.name.replacing("_sha", with: ""), "\(shown(change.old)) → \(shown(change.new))"]
    }
    var text = Self.aligned(facts).map { $0.joined() + "\n" }.joined()
    text += marked("services", difference.services) { change in
      [change.old, change.new].compactMap(\.self).joined(separator: " → ")
    }
    text += marked("hosts", difference.hosts) { _ in "" }
    text += marked("variables", difference.variables) { _ in "" }
    return text
  }

  /// What a release was: `deploy`, `deploy (web only)`, `rollback`.
  private static func kind(_ record: ReleaseRecord) -> String {
    record.kind.rawValue + (record.scope.isEmpty ? "" : " (\(record.scope))")
  }

  // MARK: parts

  private func section(_ name: String, _ rows: [(String, String, String)]) -> String {
    if rows.isEmpty { return "" }
    let lines = Self.aligned(rows.map { ["  \($0.0)", $0.1 + $0.2] })
    return style(.bold, "\(name):") + "\n"
      + zip(rows, lines).map { row, cells in
        cells[0] + painted(cells[1], as: row.1) + "\n"
      }.joined()
  }

  private func marked(
    _ name: String, _ changes: [ReleaseDifference.Change],
    text: (ReleaseDifference.Change) -> String
  ) -> String {
    if changes.isEmpty { return "" }
    let lines = Self.aligned(
      changes.map { change in
        let mark = change.old == nil ? "+" : change.new == nil ? "-" : "~"
        return ["  \(mark) \(change.name)", text(change)]
      })
    return style(.bold, name) + "\n" + lines.map { $0.joined() + "\n" }.joined()
  }

  private func painted(_ text: String, as status: String) -> String {
    switch status {
    case "completed": style(.good, text)
    case "failed": style(.bad, text)
    case "interrupted": style(.caution, text)
    case "running": style(.active, text)
    case "pending", "skipped": style(.faint, text)
    default: text
    }
  }

  private func shown(_ text: String?) -> String {
    text.flatMap { $0.isEmpty ? nil : $0 } ?? "nothing"
  }

  private func sorted(_ values: [String: String]) -> [(String, String)] {
    values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
  }

  /// The cells of each row, made safe and padded to the width of their columns; no line ends in spaces.
  private static func aligned(_ rows: [[String]]) -> [[String]] {
    let safe = rows.map { row in row.map { TerminalText.sanitized($0) } }
    let columns = safe.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      safe.map { column < $0.count ? TerminalText.width($0[column]) : 0 }.max() ?? 0
    }
    return safe.map { row in
      let last = row.lastIndex { !$0.isEmpty } ?? 0
      return row.enumerated().map { column, cell in
        column >= last
          ? cell
          : cell
            + String(repeating: " ", count: widths[column] - TerminalText.width(cell) + 2)
      }
    }
  }
}
