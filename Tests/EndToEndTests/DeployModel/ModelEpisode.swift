// SPDX-License-Identifier: AGPL-3.0-or-later
//
// One project of the model and its life on a real engine: files, operators, what is believed of it. Plays
// acts; what must hold after them is in the other files of this type.

import Foundation
import Testing

/// A project that is edited, deployed and harmed.
final class ModelEpisode {
  /// What a step found to be wrong.
  struct Contradiction: Error, CustomStringConvertible {
    /// The rule's name.
    let rule: String
    let description: String
  }

  /// What ran at one time, as a rollback may bring it back.
  struct Composition {
    /// The release that brought it; nil where none says so.
    let id: String?
    /// Nil where it is not known.
    let services: [String: ModelService]?
    /// Whether a run brought it about that ended well.
    let isClean: Bool
  }

  let sandbox: Sandbox
  let engine = EngineSocket(path: Sandbox.socket)
  let watcher: ServiceWatcher
  /// The Compose project.
  let project: String
  var wanted = ModelApplication()
  var beliefs: [String: ModelBelief] = [:]
  /// What must be in a volume.
  var written: [String: Set<Int>] = [:]
  /// What each service ran for certain at some time.
  var ran: [String: Set<Int>] = [:]
  var history: [Composition] = []
  var highestRelease = ""
  /// 0: here; 1 and 2: in another checkout, with a clock that is behind or ahead.
  var by = 0
  /// Who was killed with the lock in hand.
  var deadHolder: Int?
  /// Seconds that a deploy with work to do took last, so that a moment in mid-run can be chosen.
  var usualTime = 4.0
  /// Everything that was done, as lines of a shell.
  private(set) var shell: [String] = []
  private(set) var steps = 0
  private var writtenFiles = ""
  private let bystander: String

  /// What shifts the clock of a program, from the package `faketime`.
  static let faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
  private let tolerated: Set<String>

  init(tolerating rules: Set<String> = []) throws {
    tolerated = rules
    sandbox = try Sandbox()
    project = sandbox.name + "-dev"
    watcher = ServiceWatcher(project: project, engine: engine)
    try FileManager.default.createDirectory(
      atPath: sandbox.directory + "/elsewhere", withIntermediateDirectories: true)
    // Of another project, whose name begins with ours and whose services have our names.
    bystander = try sandbox.docker([
      "run", "--detach", "--init", "--label", "com.docker.compose.project=\(project)2", "--label",
      "com.docker.compose.service=s0", "--label", "com.docker.compose.oneoff=False", "--label",
      "com.docker.compose.container-number=1", "--name", "\(project)2-s0-1", "busybox:1.35",
      "sleep", "1000000",
    ]).ends(0).out.trimmingCharacters(in: .whitespacesAndNewlines)
    say("mkdir -p here elsewhere; export HOME=$PWD/home;")
  }

  /// Stops the watcher and removes everything of the project from the engine.
  func end() {
    watcher.stop()
    let line = """
      docker ps --all --quiet --filter label=com.docker.compose.project=\(project) \
        | xargs -r docker rm --force --volumes
      docker rm --force \(bystander)
      docker network ls --quiet --filter name=\(project)_ | xargs -r docker network rm
      docker volume ls --quiet --filter name=\(project)_ | xargs -r docker volume rm
      """
    _ = try? sandbox.run(["sh", "-c", line])
  }

  func say(_ line: String) { shell.append(line) }

  /// Says that a rule is broken; goes on where the program is known to break it.
  func fail(_ rule: String, _ text: @autoclosure () -> String) throws {
    say("# broken: \(rule)")
    if tolerated.contains(rule) { return }
    throw Contradiction(rule: rule, description: "[\(rule)] \(text())")
  }

  // MARK: Acts

  /// Carries out one act, and looks after it where it is a step.
  func play(_ act: ModelAct) throws {
    if act.kind.isStep { steps += 1 }
    if !act.kind.isStep || act.kind == .steal { say("# \(act)") } else { say("# \(act):") }
    switch act.kind {
    case .by: by = act.first % 3
    case .stop, .destroy: try harm(act)
    case .deploy: try deploy(nil)
    case .partial: try deploy(part(act))
    case .kill: try deploy(nil, SIGKILL, at: act.first)
    case .term: try deploy(nil, SIGTERM, at: act.first)
    case .int: try deploy(nil, SIGINT, at: act.first)
    case .hup: try deploy(nil, SIGHUP, at: act.first)
    case .previous: try rollBack()
    case .release: try rollBack(to: act.first)
    case .settle: try settle()
    case .steal: try compete(stealing: true, at: act.first)
    case .race: try compete(stealing: false, at: act.first)
    default: wanted.edit(act)
    }
  }

  /// Some services, with those that share a network with them.
  private func part(_ act: ModelAct) -> Set<String> {
    let names = wanted.names
    guard !names.isEmpty else { return [] }
    var part: Set = [names[act.first % names.count]]
    if act.second.isMultiple(of: 3) { part.insert(names[act.second % names.count]) }
    for name in part {
      let root = wanted.services[name]?.shares ?? name
      part.insert(root)
      for sharer in wanted.sharers(of: root) {
        // One that is as it should be is left to the program: it must go with the other.
        let runs = beliefs[sharer]?.certain
        if runs == nil || runs != wanted.services[sharer] { part.insert(sharer) }
      }
    }
    return part
  }

  /// Stops or removes a container by hand.
  private func harm(_ act: ModelAct) throws {
    let all = try look()
    guard !all.isEmpty else { return }
    let container = all[act.first % all.count]
    let words =
      act.kind == .stop ? ["stop", "--time", "1", container.name] : ["rm", "-f", container.name]
    say("docker " + words.joined(separator: " "))
    try sandbox.docker(words).ends(0)
    for name in [container.service]
      + beliefs.keys.filter({ name in
        beliefs[name]?.may.contains { $0.shares == container.service } ?? false
      })
    {
      beliefs[name]?.isHarmed = true
    }
  }

  // MARK: The program

  /// Brings the files of both checkouts, or of one, to what is wanted.
  func writeFiles(only folder: String? = nil) throws {
    let compose = wanted.compose
    let settings = wanted.settings(of: sandbox.name, environment: "    driver: local\n")
    guard compose + settings != writtenFiles else { return }
    writtenFiles = folder == nil ? compose + settings : ""
    for folder in folder.map({ [$0] }) ?? ["", "../elsewhere/"] {
      try sandbox.write(folder + "compose.yaml", compose)
      try sandbox.write(folder + "stagecraft.yml", settings)
    }
    let place = folder == nil ? "here" : "elsewhere"
    say("cat >\(place)/compose.yaml <<'X'\n\(compose)X")
    say("cat >\(place)/stagecraft.yml <<'X'\n\(settings)X")
    if folder == nil { say("cp here/*.y* elsewhere/") }
  }

  /// Starts the program as one of the operators.
  func start(_ words: [String], by operator: Int, background: Bool = false) throws
    -> RunningProgram
  {
    var clock: [String: String] = [:]
    // The library itself: the program `faketime` would stand between ours and its signals.
    if `operator` > 0, FileManager.default.fileExists(atPath: Self.faketime) {
      clock = [
        "LD_PRELOAD": Self.faketime, "FAKETIME": `operator` == 1 ? "-10m" : "+10m",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      ]
    }
    let variables = clock.map { "\($0.key)=\($0.value) " }.sorted().joined()
    let folder = `operator` > 0 ? "elsewhere" : "here"
    let line = "(cd \(folder) && \(variables)exec $SC \(words.joined(separator: " ")))"
    say(background ? line + " & P=$!" : line + "; echo \"exit $?\"")
    return try RunningProgram(
      [Sandbox.program] + words,
      in: sandbox.directory + (`operator` > 0 ? "/elsewhere" : "/project"),
      environment: sandbox.environment(clock))
  }

  /// Runs the program as who works now.
  func run(_ words: [String]) throws -> Ended { try start(words, by: by).wait(seconds: 240) }

  /// Frees a lock that a killed run of another checkout left.
  func makeWay(for operators: Int...) throws {
    guard let holder = deadHolder else { return }
    deadHolder = nil
    let folders = Set(operators.map { $0 > 0 })
    guard folders != [holder > 0] else { return }
    let ended = try run(["unlock", "--env", "dev"])
    if ended.status != 0 { try fail("unlock", "`unlock` after a kill: \(ended)") }
  }

  /// All containers of the project.
  func look() throws -> [SeenContainer] { try SeenContainer.all(of: project, in: engine) }

  /// Throws where a container of another project is not as it was.
  func checkBystander() throws {
    let answer = try engine.get("/containers/\(bystander)/json")
    let text = String(decoding: answer.body, as: UTF8.self)
    if answer.status != 200 || !text.contains("\"Status\":\"running\"")
      || !text.contains("\"RestartCount\":0")
    {
      try fail("foreign", "a container of another project: \(text.prefix(300))")
    }
  }
}
