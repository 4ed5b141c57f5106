// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The page of errors: every code with its sentence and what to do, made from the codes themselves with
// facts in capitals that are made up. A pure function of them.

import Cache
import SystemPackage
import TaskGraph
import Tasks
import YAML

/// docs/reference/errors.md.
package enum ErrorsPage {
  private typealias Row = (code: String, message: String, hint: String?)

  /// The text of the page.
  package static var text: String {
    var text = """
      # Errors

      <!-- Written by `make docs` from the program; changes belong into the sources. -->

      What Stagecraft says when something is wrong, by kind. Words in capitals stand for names of yours; where
      a name of a list may have been meant, the hint offers the nearest. In JSON an error has its code. Exit
      codes: [exit-codes.md](exit-codes.md).


      """
    text += section(
      "stagecraft.yml and env files", "Shown with the line and a caret, all of one file at once.",
      all(Diagnostic.Code.yaml("what the YAML reader says"), \.successor).map { code in
        (name(code), code.message, code.hint)
      })
    text += section(
      "Lines of env files",
      "`badEnvironmentLine`; the line is not shown, since it may hold a secret.",
      all(Diagnostic.EnvironmentLineFault.missingName, \.successor).map {
        (name($0), $0.message, $0.hint)
      })
    text += section(
      "Patterns", "`badPattern`: why a glob cannot be used.",
      all(GlobError.Code.empty, \.successor).map { code in
        (name(code), Diagnostic.Code.badPattern("PATTERN", code).message, nil)
      })
    text += section(
      "YAML", "`yaml`: why a text cannot be read.",
      all(YAMLError.Code.syntax("what is wrong with the text"), \.successor).map { code in
        (name(code), YAMLError(code, at: .start).message, nil)
      })
    text += section(
      "Releases and rollbacks", "Exit code 1.",
      all(ReleaseFault.unreadableHistory("PATH"), \.successor).map { fault in
        (name(fault), fault.message, fault.hint)
      })
    text += section("Tasks that fail", "The kind decides the exit code.", tasks)
    text += section(
      "Connections over ssh", "Exit code 2.", HostTroubles.connections.map(row))
    text += section("Locks", "Exit code 2.", HostTroubles.locks.map(row))
    text += section("Images that a host pulls", "Exit code 2.", HostTroubles.pulls.map(row))
    text += section(
      "Containers that do not work",
      "Exit code 2. What was done about it, and the last lines that the container wrote, follow.",
      HostTroubles.containers.map(row))
    text += section(
      "Files", "Exit code 2.",
      all(CacheError.Code.system(.noSpace), \.successor).map { code in
        (name(code), CacheError(code, "write", "PATH").description, nil)
      })
    return text
  }

  /// A code and all that follow it.
  static func all<Code>(_ first: Code, _ next: @escaping (Code) -> Code?) -> [Code] {
    Array(sequence(first: first, next: next))
  }

  private static var tasks: [Row] {
    all(TaskError.Code.exited(1), \.successor).map { code in
      switch code {
      case .exited: (name(code), "a command ended with another status than 0", "see its log")
      case .signaled:
        (name(code), "a command was ended by a signal", "see who sent it; run it again")
      case .programMissing: (name(code), "a program is not installed or not on PATH", "install it")
      case .timedOut:
        (name(code), "it took longer than it may", "raise the time, or see what it waits for")
      case .fileMissing:
        (name(code), "an input or output is not there", "create it, or correct its name")
      case .files:
        (name(code), "a file could not be read, kept or brought back", "see disk and rights")
      case .unavailable:
        (
          name(code), "an engine, registry, database or host is away or refuses",
          "the message says which"
        )
      case .locked:
        (name(code), "another run holds the lock", "wait with `--lock-wait`, or `unlock`")
      case .moved: (name(code), "another run changed the host meanwhile", "run it again")
      case .superseded:
        (
          name(code), "another run deployed to the host after this one's plan was made",
          "see what it brought; run it again, or `--force-over RELEASE`"
        )
      case .lockLost:
        (name(code), "another run took the lock from this one", "see what runs there, then decide")
      case .unexpectedAnswer:
        (name(code), "a program answered what makes no sense", "see its version; run it again")
      case .input:
        (name(code), "your files or flags are at fault", "correct what the message names")
      case .cancelled: (name(code), "the run was interrupted", "run it again: it does what is left")
      case .invariant: (name(code), "a bug in stagecraft", "report it")
      }
    }
  }

  private static func row(_ error: TaskError) -> Row {
    (name(error.code), error.message, error.hint)
  }

  /// The name of a case, without its facts.
  private static func name(_ code: some Any) -> String {
    String("\(code)".prefix { $0.isLetter || $0.isNumber })
  }

  private static func section(_ title: String, _ words: String, _ rows: [Row]) -> String {
    func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
    return "## \(title)\n\n\(words)\n\n| code | message | what to do |\n|---|---|---|\n"
      + rows.map { "| `\($0.code)` | \(cell($0.message)) | \(cell($0.hint ?? "")) |\n" }.joined()
      + "\n"
  }
}
