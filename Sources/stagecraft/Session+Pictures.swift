// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Plans as commands print them: lists, trees, pages, and drawings that Graphviz makes. Knows where they
// go, not what is in them.

import Planning
import SystemPackage
import TaskGraph
import Tasks

extension Session {
  /// Prints a plan as data.
  func show(
    _ plan: Evaluated, of goal: Goal, asGraph: Bool, _ format: GraphFormat
  ) async throws {
    let entries = plan.entries
    let environment = plan.run.environmentName
    switch format {
    case .text where asGraph:
      let tree = TextGraph(
        width: StandardStream.output.width, isVerbose: settings.isVerbose,
        paint: console.dataStyle.paint, measure: TerminalText.width, cut: TerminalText.truncated)
      console.data(tree.render(entries, goal: goal.text))
      outlook(entries, width: StandardStream.output.width)
    case .text:
      console.data(
        TextList.render(
          entries, showsAll: settings.isVerbose, paint: console.dataStyle.paint))
      outlook(entries)
    case .html:
      if StandardStream.output.isTerminal { throw Self.pageOnTerminal("plan", "plan") }
      console.data(
        HTMLPage.render(Picture(entries, goal: goal.text, environment: environment)))
    case .svg: try await drawWithGraphviz(DOT.render(entries, goal: goal.text))
    case .dot: console.data(DOT.render(entries, goal: goal.text))
    case .mermaid: console.data(Mermaid.render(entries, goal: goal.text))
    case .json:
      // Nobody reads on after a pipe is closed; what is left to write is then nobody's loss.
      JSONGraph.write(entries, goal: goal.text, environment: environment) { console.data($0) }
    }
  }

  /// Says which images are newer elsewhere, in which order hosts come, how long it will take.
  ///
  /// With a width, longer lines are cut.
  private func outlook(_ entries: [PlanEntry], width: Int? = nil) {
    let updates = ImageUpdates.lines(entries).map { $0 + "\n" }.joined()
    let forecast = ForecastFormat.text(Forecast(entries), entries)
    let order = forecast.isEmpty ? nil : RolloutOrder(entries).text.map { $0 + "\n" }
    for line in (updates + (order ?? "") + forecast).split(separator: "\n") {
      let text = String(line)
      console.data((width.map { TerminalText.truncated(text, to: $0) } ?? text) + "\n")
    }
  }

  /// Lets Graphviz draw; its lines are passed on as they come.
  private func drawWithGraphviz(_ text: String) async throws {
    let command = Command(
      "dot", ["-Tsvg"], directory: try ProcessVariables.currentDirectory().string,
      environment: ProcessVariables.all, input: Array(text.utf8))
    do throws(TaskError) {
      let ended = try await SubprocessRunner().run(command) { line, stream in
        if stream == .output { StandardStream.output.write(line + "\n") }
      }
      guard ended.isSuccess else {
        throw TaskError(.unexpectedAnswer("dot"), "`dot` could not draw the graph")
      }
    } catch {
      guard case .programMissing = error.code else { throw CommandFailure(error) }
      throw CommandFailure(
        .outside, "`--format svg` needs Graphviz: `dot` is not installed or not on PATH",
        hint: "install the package `graphviz` (apt-get, brew), or take `--format html`")
    }
  }
}
