// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Carries out `init`: looks, asks, writes two files. Overwrites nothing that it has not made.

import Cache
import Planning
import SystemPackage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Makes a folder a project.
struct ProjectInitializer {
  let session: Session
  let givenName: String?
  /// Whether to ask; a program that has no terminal to ask takes the defaults.
  let asks: Bool

  private var console: Console { session.console }

  func run() async throws -> ExitStatus {
    let directory = try ProcessVariables.currentDirectory()
    let shown = session.settings.config ?? "stagecraft.yml"
    let config = directory.pushing(FilePath(shown))
    if let name = givenName, !ProjectTemplate.isProjectName(name) {
      throw CommandFailure(
        .input, "`\(TerminalText.sanitized(name))` is not a valid project name",
        hint: "lower-case letters, digits, `_` and `-`, beginning with a letter or digit")
    }
    if FileIdentity(config.string) != nil {
      try session.checkProject(at: config, shownAs: shown)
      if !session.settings.isDryRun { try refreshSchema(of: config) }
      console.note("`\(shown)` exists and is valid; nothing is overwritten")
      return .success
    }
    let compose = try ComposeOverview.find(in: config.removingLastComponent())
    describe(compose)
    var template = choices(directory, compose)
    if let compose {
      let root = config.removingLastComponent()
      template.running = await RunningProject.find(
        named: ComposeProjectName.find(
          files: [root.appending(compose.file)], root: root, variables: ProcessVariables.all))
    }
    if let running = template.running {
      console.note(
        "the engine has the Compose project `\(running)`: `compose_project` takes it over, with its data"
      )
    }
    if session.settings.isDryRun {
      console.data(template.text)
      return .success
    }
    do throws(CacheError) {
      try FileSystem.replace(config, with: Array(template.text.utf8))
      console.note("wrote `\(shown)`")
      try ignoreState(in: config.removingLastComponent())
      try EditorSchema.refresh(in: config.removingLastComponent())
    } catch {
      throw CommandFailure(.outside, "\(error)")
    }
    if let compose {
      let next = compose.built.isEmpty ? "plan" : "build"
      console.note("next: `stagecraft \(next)`")
    } else {
      console.note("next: add a Compose file, then `stagecraft build`")
    }
    return .success
  }

  /// The schema that editors read is that of this program, also in a project that is there already.
  private func refreshSchema(of config: FilePath) throws(CommandFailure) {
    do throws(CacheError) {
      guard let bytes = try FileSystem.read(config), EditorSchema.isNamed(in: bytes) else { return }
      try EditorSchema.refresh(in: config.removingLastComponent())
    } catch {
      throw CommandFailure(.outside, "\(error)")
    }
  }

  private func describe(_ compose: ComposeOverview?) {
    guard let compose else {
      console.note(
        "no Compose file here: `docker-compose.yml` with a service and `build:` is what "
          + "`stagecraft build` works from")
      return
    }
    let others = compose.services.count - compose.built.count
    if compose.built.isEmpty {
      console.note("found `\(compose.file)`: no service has `build:`, \(others) use ready images")
    } else {
      let names = compose.built.map { "`\($0)`" }.joined(separator: ", ")
      console.note(
        "found `\(compose.file)`: builds \(names)"
          + (others > 0 ? ", \(others) more use ready images" : ""))
    }
  }

  private func choices(_ directory: FilePath, _ compose: ComposeOverview?) -> ProjectTemplate {
    let folder =
      compose?.name ?? ProjectTemplate.name(from: directory.lastComponent?.string ?? "app")
    let environment = session.settings.environment
    let isAsking = asks && isatty(STDIN_FILENO) == 1 && StandardStream.error.isTerminal
    var name = givenName ?? folder
    var environments = [environment]
    if isAsking {
      if givenName == nil {
        name = ask("project name", default: folder, isValid: ProjectTemplate.isProjectName)
      }
      let answer = ask("environments, separated by spaces", default: environment) { answer in
        let names = Self.names(in: answer)
        return !names.isEmpty && names.allSatisfy(ProjectTemplate.isName)
      }
      environments = Self.names(in: answer)
    }
    return ProjectTemplate(name: name, environments: environments, compose: compose)
  }

  private static func names(in answer: String) -> [String] {
    var names: [String] = []
    for part in answer.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\t" }) {
      if !names.contains(String(part)) { names.append(String(part)) }
    }
    return names
  }

  /// Asks until the answer is valid; an empty answer and the end of input take the default.
  private func ask(
    _ question: String, default value: String, isValid: (String) -> Bool
  ) -> String {
    while true {
      StandardStream.error.write("\(question) [\(value)]: ")
      guard let line = readLine() else {
        StandardStream.error.write("\n")
        return value
      }
      let scalars = line.unicodeScalars.drop { $0 == " " }
      var answer = String(scalars)
      while answer.hasSuffix(" ") || answer.hasSuffix("\t") { answer.removeLast() }
      if answer.isEmpty { return value }
      if isValid(answer) { return answer }
      console.note("use letters, digits, `.`, `_` and `-`, beginning with a letter or digit")
    }
  }

  private func ignoreState(in directory: FilePath) throws(CacheError) {
    let path = directory.appending(".gitignore")
    let bytes = try FileSystem.read(path)
    guard let added = IgnoreFile.adding(to: bytes ?? []) else { return }
    // The file may be a link, or have a mode of its own: its bytes change in place, at the end.
    if let bytes {
      let descriptor = try FileSystem.openForUpdate(path, mode: 0o644)
      defer { close(descriptor) }
      if lseek(descriptor, 0, SEEK_END) < 0 {
        throw CacheError(.system(Errno(rawValue: errno)), "seek in", path.string)
      }
      try FileSystem.write(Array(added[bytes.count...]), to: descriptor, path: path)
    } else {
      try FileSystem.replace(path, with: added)
    }
    console.note("added `\(IgnoreFile.line)` to `.gitignore`")
  }
}
