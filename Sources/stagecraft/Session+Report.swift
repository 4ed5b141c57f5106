// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The runs that are kept, as commands see them: which there are, and one of them as a picture.

import Cache
import Planning
import SystemPackage
import TaskGraph

extension Session {
  /// Shows a run; without a name the newest.
  func report(_ name: String?, _ format: Report.Format, to file: FilePath?) throws {
    let picture = try picture(of: name)
    let bytes: [UInt8]
    switch format {
    case .text:
      let style = file == nil ? console.dataStyle : .plain
      let width = file == nil ? StandardStream.output.width : TextGraph.usualWidth
      bytes = Array(ReportPrinter(style: style, width: width).render(picture).utf8)
    case .html:
      if file == nil, StandardStream.output.isTerminal {
        throw Self.pageOnTerminal("report", "report")
      }
      bytes = HTMLPage.render(picture)
    case .json: bytes = PictureReport.render(picture)
    }
    guard let file else {
      console.data(bytes)
      return
    }
    try FileSystem.replace(file, with: bytes)
    console.note("wrote \(TerminalText.sanitized(file.string))")
  }

  /// Lists the runs that are kept, newest first.
  func listRuns(asJSON: Bool) throws {
    let kept = try runs()
    let pictures = try kept.folders.map { folder in
      Picture(try RunFiles(folder), isRunning: kept.isRunning && folder == kept.folders.first)
    }
    if asJSON {
      var writer = JSONWriter(.pretty)
      writer.object { writer in
        writer.member("version", PictureReport.version)
        writer.key("runs")
        writer.array { writer in
          for picture in pictures {
            writer.line { writer in
              writer.object { writer in
                writer.member("run", picture.run)
                writer.member("goal", picture.goal)
                writer.member("status", picture.outcome)
                writer.key("duration_ms")
                writer.integer(DurationFormat.milliseconds(picture.duration))
              }
            }
          }
        }
      }
      writer.endLine()
      console.data(writer.takeBytes())
      return
    }
    if pictures.isEmpty { return console.note("no run is kept: nothing has run here yet") }
    let width = pictures.map(\.outcome.count).max() ?? 0
    for picture in pictures {
      let pad = String(repeating: " ", count: width - picture.outcome.count)
      let time = DurationFormat.text(picture.duration)
      console.data(
        "\(TerminalText.sanitized(picture.run))  \(picture.outcome)\(pad)  "
          + "\(TerminalText.sanitized(picture.goal))  \(time)\n")
    }
  }

  private func picture(of name: String?) throws -> Picture {
    let kept = try runs()
    guard let name else {
      guard let newest = kept.folders.first else {
        throw CommandFailure(
          .input, "no run is kept here",
          hint: "`stagecraft build` makes one, where there is something to build")
      }
      return Picture(try RunFiles(newest), isRunning: kept.isRunning)
    }
    let found = kept.folders.filter { $0.lastComponent?.string == name }
    let alike = kept.folders.filter { $0.lastComponent?.string.hasSuffix(name) == true }
    guard let folder = found.first ?? (alike.count == 1 ? alike.first : nil) else {
      let shown = TerminalText.sanitized(name)
      throw CommandFailure(
        .input,
        alike.isEmpty ? "there is no run `\(shown)`" : "\(alike.count) runs end in `\(shown)`",
        hint: "`stagecraft report --list` lists the runs that are kept")
    }
    return Picture(
      try RunFiles(folder), isRunning: kept.isRunning && folder == kept.folders.first)
  }

  /// The folders of runs, newest first, and whether a run of this project is under way.
  private func runs() throws -> (folders: [FilePath], isRunning: Bool) {
    let layout = StateLayout(projectRoot: try Place(settings).location.root)
    let folders = RunFolders.newestFirst(in: layout.runs)
    return (folders, FileLock.holder(of: layout.lock) != nil)
  }

  /// Why a page is not printed to a terminal.
  static func pageOnTerminal(_ command: String, _ name: String) -> CommandFailure {
    CommandFailure(
      .input, "a page is for a file, and a terminal reads standard output",
      hint: "send it to one: `stagecraft \(command) --format html > \(name).html`")
  }
}
