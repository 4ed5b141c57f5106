// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A project in a directory of its own, with a name, a cache and a home that no other test has, on the
// real engine. Removes its images and files when it goes away.

import Foundation

/// One project of one test.
final class Sandbox: Sendable {
  /// The project's name; images are called `<name>-<service>`.
  let name: String
  /// Everything of this test lies below it.
  let directory: String
  /// The project's root.
  let root: String
  private let variables: [String: String]

  /// Where the real engine is.
  static let socket = "/var/run/docker.sock"

  /// The program under test: it lies beside the tests.
  static let program: String = {
    let tests = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appending(path: "stagecraft").path
  }()

  /// The repository's root.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// An empty project.
  init() throws {
    name = "e2e-" + UUID().uuidString.prefix(12).lowercased()
    // Short: the path of a UNIX socket has 107 bytes.
    directory = "/tmp/stagecraft-" + name
    root = directory + "/project"
    for folder in ["project", "home", "cache", "tmp"] {
      try FileManager.default.createDirectory(
        atPath: directory + "/" + folder, withIntermediateDirectories: true)
    }
    variables = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      "HOME": directory + "/home", "TMPDIR": directory + "/tmp", "LANG": "C.UTF-8",
      "STAGECRAFT_CACHE_DIR": directory + "/cache", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@example.com",
      "GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@example.com",
    ]
  }

  /// A project with these files.
  convenience init(_ files: [String: String]) throws {
    try self.init()
    for (path, text) in files { try write(path, text) }
  }

  /// A copy of one of the examples, under a name of its own.
  convenience init(example: String) throws {
    try self.init()
    let fixture = Self.repository + "/examples/" + example
    for entry in try FileManager.default.contentsOfDirectory(atPath: fixture) {
      try FileManager.default.copyItem(atPath: fixture + "/" + entry, toPath: root + "/" + entry)
    }
    try edit("stagecraft.yml") { $0.replacing("name: \(example)", with: "name: \(name)") }
  }

  deinit {
    // By name first, and by id only what this project built: a name may stand for a base image that
    // every other test needs.
    let lists = [
      ["reference=*\(name)*", "{{.Repository}}:{{.Tag}}"],
      ["label=dev.stagecraft.project=\(name)", "{{.ID}}"],
    ]
    for list in lists {
      let listed = try? docker(["image", "ls", "--filter", list[0], "--format", list[1]])
      let images = Set((listed?.out ?? "").split(separator: "\n").map(String.init))
      if images.isEmpty { continue }
      _ = try? docker(["image", "rm", "--force"] + images.sorted())
    }
    do { try FileManager.default.removeItem(atPath: directory) } catch {
      FileHandle.standardError.write(Data("left behind: \(directory): \(error)\n".utf8))
    }
  }

  // MARK: Files

  /// Writes a file below the root.
  func write(_ path: String, _ text: String, mode: Int = 0o644) throws {
    let file = root + "/" + path
    try FileManager.default.createDirectory(
      atPath: URL(filePath: file).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    try Data(text.replacing("$NAME", with: name).utf8).write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
  }

  /// Reads a file below the root.
  func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: root + "/" + path)), as: UTF8.self)
  }

  /// Changes a file below the root.
  func edit(_ path: String, _ change: (String) -> String) throws {
    try write(path, change(try read(path)))
  }

  /// Deletes a file or folder below the root.
  func delete(_ path: String) throws {
    try FileManager.default.removeItem(atPath: root + "/" + path)
  }

  /// Whether something is there, below the root.
  func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + "/" + path) }

  // MARK: Programs

  /// The variables that every program here gets, with others over them.
  func environment(_ adding: [String: String] = [:]) -> [String: String] {
    variables.merging(adding) { _, new in new }
  }

  /// Runs any program in the root.
  @discardableResult
  func run(_ words: [String], adding: [String: String] = [:], in folder: String = "") throws
    -> Ended
  {
    try RunningProgram(words, in: root + "/" + folder, environment: environment(adding)).wait()
  }

  /// Starts the program under test.
  func start(_ words: [String], adding: [String: String] = [:]) throws -> RunningProgram {
    try RunningProgram(
      [Self.program] + words, in: root, environment: environment(adding))
  }

  /// Runs the program under test.
  @discardableResult
  func stagecraft(
    _ words: String..., adding: [String: String] = [:], in folder: String = ""
  ) throws -> Ended {
    try run([Self.program] + words, adding: adding, in: folder)
  }

  /// Runs the program under test, asks for JSON, and returns what it says of the run.
  func report(_ words: String..., adding: [String: String] = [:]) throws -> Report {
    let ended = try run([Self.program] + words + ["--format", "json"], adding: adding)
    return try Report(ended)
  }

  /// Runs `docker` on the real engine.
  @discardableResult
  func docker(_ words: [String]) throws -> Ended { try run(["docker"] + words) }

  /// What `docker image inspect` says of one image in a format; nil where it is not there.
  func inspect(_ image: String, _ format: String = "{{.Id}}") throws -> String? {
    let ended = try docker(["image", "inspect", "--format", format, image])
    guard ended.status == 0 else { return nil }
    return ended.out.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Makes a repository of the project and commits everything; returns the first twelve digits.
  @discardableResult
  func commit(_ message: String = "state") throws -> String {
    if !has(".git") { try run(["git", "init", "--quiet"]) }
    try run(["git", "add", "--all"])
    try run(["git", "commit", "--quiet", "--allow-empty", "--message", message])
    let ended = try run(["git", "rev-parse", "HEAD"])
    return String(ended.out.prefix(12))
  }

  /// Processes whose working directory lies in this sandbox.
  func processes() -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.filter { name in
      guard name.first?.isNumber == true else { return false }
      let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd")
      return link?.hasPrefix(directory) ?? false
    }
  }
}
