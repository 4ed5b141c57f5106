// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The script that asks a host for all facts in one answer, and the answer's lines turned into facts. The
// two halves of one protocol: nothing else knows it.

import Cache
import FoundationEssentials
package import TaskGraph

/// Asks a host for all facts and reads the answer.
package enum HostFactsScript {
  /// The script: its arguments are the host's directory and the Compose project; then the name of the
  /// container that is the lock, or nothing where the lock is a folder, and what it is asked for.
  ///
  /// It changes nothing and makes no file.
  ///
  /// Each line is a word and its values; whatever people chose is in base64. The slow questions to the
  /// engine run side by side: the output of each waits in a pipe until those before it are written.
  package static let text = #"""
    LC_ALL=C; export LC_ALL
    directory=$1 project=$2 engine_lock=$3 lock_template=$4
    \#(LeaseScripts.reading)
    now=$(date +%s)
    echo "clock $now"
    if [ -d "$directory/services" ]; then
      echo "services $(find "$directory/services" -type f -exec cat {} + | encoded)"
    fi
    has_receipt=
    if [ -f "$directory/receipt" ]; then
      has_receipt=yes
      echo "receipt $(encoded <"$directory/receipt")"
      IFS= read -r applied <"$directory/receipt"
      echo "manifest $(value "$directory/releases/$applied/host.json")"
    fi
    lock=$directory/lock
    if [ -z "$engine_lock" ] && [ -d "$lock" ]; then
      echo "lock $(value "$lock/owner") $(value "$lock/token") $(number "$(line "$lock/taken")" "$now")" \
        "$(number "$(line "$lock/beat")" "$now")"
    fi
    for release in "$directory"/releases/*/; do
      [ -f "$release/host.json" ] || continue
      release=${release%/}
      digest=$(sed -n 's/.*"digest":"\([^"]*\)".*/\1/p;q' "$release/host.json")
      case $digest in *[!0-9a-zA-Z-]*) digest= ;; esac
      name=${release##*/}
      record=$directory/records/$name.json
      [ -f "$record" ] || record=$release/record.json
      echo "release $(printf %s "$name" | encoded) ${digest:--} $(value "$record")"
    done
    # Of releases that found their files here already, or had none.
    for record in "$directory"/records/*.json; do
      name=${record##*/}
      name=${name%.json}
      [ -f "$record" ] && [ ! -f "$directory/releases/$name/host.json" ] || continue
      echo "release $(printf %s "$name" | encoded) - $(value "$record")"
    done
    room=/
    for place in \
      "$(sed -n 's/.*"data-root"[ ]*:[ ]*"\([^"]*\)".*/\1/p' /etc/docker/daemon.json 2>/dev/null)" \
      /var/lib/docker /var/snap/docker/common/var-lib-docker "$HOME/.local/share/docker"
    do
      if [ -n "$place" ] && [ -d "$place" ]; then room=$place; break; fi
    done
    echo "free $(df -Pk "$room" 2>/dev/null | sed -n '2{s/^.* \([0-9][0-9]*\)  *[0-9]*%.*/\1/p;}')"
    compose() {
      if [ -n "$has_receipt" ]; then
        for plugin in "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" /usr/local/lib/docker/cli-plugins \
          /usr/local/libexec/docker/cli-plugins /usr/lib/docker/cli-plugins \
          /usr/libexec/docker/cli-plugins
        do
          if [ -x "$plugin/docker-compose" ]; then echo 'compose installed'; return; fi
        done
      fi
      version=$(docker compose version --short 2>/dev/null) || return
      case $version in *[!0-9a-zA-Z.+~_-]*|'') version=unknown ;; esac
      echo "compose $version"
    }
    count() { echo $#; }
    containers() {
      format='container [{{json .ID}},{{json .Name}}'
      format="$format"',{{json (index .Config.Labels "com.docker.compose.service")}}'
      format="$format"',{{json (index .Config.Labels "dev.stagecraft.spec")}}'
      format="$format"',{{json (index .Config.Labels "dev.stagecraft.release")}},{{json .Image}}'
      format="$format"',{{json .State.Status}}'
      format="$format"',{{if .State.Health}}{{json .State.Health.Status}}{{else}}"none"{{end}}'
      format="$format"',{{json .State.ExitCode}},{{json .RestartCount}}'
      format="$format"',{{json (index .Config.Labels "com.docker.compose.oneoff")}}'
      format="$format"',{{json .HostConfig.NetworkMode}},{{json .HostConfig.PidMode}}'
      format="$format"',{{json .HostConfig.IpcMode}},{{json .HostConfig.VolumesFrom}}'
      format="$format"',{{json .Created}},{{json .State.StartedAt}},{{json .State.FinishedAt}}]'
      format="{{if index .Config.Labels \"dev.stagecraft.lock\"}}held $lock_template{{else}}$format{{end}}"
      # One that goes away in between is an error to the program: then it is asked again. To leave one
      # out would make a second one start.
      for try in 1 2 3; do
        listed='{{.ID}} {{json (.Label "com.docker.compose.project")}}'
        listed="$listed"' {{json (.Label "com.docker.compose.service")}}'
        listed="$listed"' {{json (.Label "dev.stagecraft.project")}}'
        listed="$listed"' {{json (.Label "dev.stagecraft.environment")}}'
        listed=$(docker ps --all --no-trunc --filter label=com.docker.compose.project \
          --format "$listed") || return
        ids=$(printf '%s\n' "$listed" | sed -n "s/^\([0-9a-f]*\) \"$project\" .*/\1/p")
        [ -n "$ids$engine_lock" ] || return 0
        # The lock is asked for with them: mostly there is none, and to say so is an error as well.
        found=$(docker inspect --type container --format "$format" $ids $engine_lock 2>/dev/null) || :
        if [ "$(printf '%s\n' "$found" | grep -c '^container ')" -eq "$(count $ids)" ]; then
          if [ -n "$found" ]; then printf '%s\n' "$found"; fi
          printf '%s\n' "$listed" |
            sed -n 's/^[0-9a-f]* \("[a-z0-9_-]*"\( "[a-zA-Z0-9._-]*"\)\{3\}\)$/service \1/p' |
            sort -u
          case $found in
            *'held ['*)
              beat=$(docker cp "$engine_lock:/beat" - 2>/dev/null | tar -xOf - 2>/dev/null |
                head -c 100 | encoded)
              echo "beat ${beat:--} $(docker info --format '{{.SystemTime}}' 2>/dev/null)"
              ;;
          esac
          return 0
        fi
      done
      return 1
    }
    if command -v docker >/dev/null 2>&1; then
      # What it warns of is no part of its answer, and is asked for only where there is none.
      format='{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}}'
      volume='volume {{.Name}} {{json (.Label "com.docker.compose.project")}}'
      volume="$volume"' {{json (.Label "com.docker.compose.volume")}}'
      if engine=$(docker version --format "$format" 2>/dev/null) &&
        engine=$(printf '%s\n' "$engine" | grep -x '[^ ][^ ]* [^ ][^ ]*/[^ ]*' | tail -n 1) &&
        [ -n "$engine" ]
      then
        echo "engine $engine"
        compose </dev/null | {
          {
            docker image ls --no-trunc --digests --format \
              'image {{.ID}} {{.Repository}} {{.Tag}} {{.Digest}}' </dev/null &&
              echo 'images end'
          } | {
            {
              containers </dev/null && echo 'containers end'
            } | {
              docker network ls --format 'network {{.Name}}' </dev/null &&
                docker volume ls --format "$volume" </dev/null &&
                echo 'resources end'
              cat
            }
            cat
          }
          cat
        }
      else
        problem=$(docker version --format "$format" 2>&1 >/dev/null | tail -n 1)
        echo "problem $(printf '%s\n' "${problem:-docker version answers something else}" | encoded)"
      fi
    else
      echo "problem $(echo 'docker is not installed, or not on the PATH of commands' | encoded)"
    fi
    echo 'facts end'
    """#

  /// The arguments of ``text`` for a host.
  static func arguments(for host: Host) -> [String] {
    let lock =
      host.reach == .local
      ? [EngineLockScripts.name(of: host.composeProject), EngineLockScripts.template] : ["", ""]
    return [host.directory, host.composeProject] + lock
  }

  /// Seconds of silence after which a lock may be taken over.
  package static let expiry = 60

  /// Reads the answer of a host.
  package static func facts(of host: String, in answer: String) throws(TaskError) -> HostFacts {
    var reader = HostFactsReader(host)
    for line in answer.split(separator: "\n") { try reader.read(line) }
    return try reader.finish()
  }
}

/// Reads the answer line by line.
private struct HostFactsReader {
  private var facts: HostFacts
  /// What a lock in the engine says of itself.
  private var held: [String]?
  private var ends: Set<Substring> = []
  private var receipt = ""
  private var services = ""
  private var resources: Set<String> = []
  private var projects: [String: ComposeNeighbour] = [:]

  init(_ host: String) { facts = HostFacts(host: host) }

  mutating func read(_ line: Substring) throws(TaskError) {
    let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard let word = parts.first else { return }
    let rest = parts.count > 1 ? parts[1] : ""
    let values = rest.split(separator: " ", omittingEmptySubsequences: false)
    switch (word, values.count) {
    case (_, 1) where values[0] == "end": ends.insert(word)
    case ("clock", 1): facts.clock = try number(values[0], line)
    case ("receipt", 1):
      // One that another version wrote, or that was cut off, is as good as none.
      receipt = try decoded(values[0], line)
    case ("services", 1): services = try decoded(values[0], line)
    case ("manifest", 1): facts.manifest = HostManifest(json: try decoded(values[0], line))
    case ("lock", 4):
      let silence = Int(max(0, facts.clock - (try number(values[3], line))))
      facts.lock = LockHolder(
        owner: try trimmed(values[0], line), token: try trimmed(values[1], line),
        age: Int(max(0, facts.clock - (try number(values[2], line)))), silence: silence,
        isExpired: silence > HostFactsScript.expiry)
    case ("release", 3):
      facts.releases.append(
        HeldRelease(
          id: try decoded(values[0], line), digest: values[1] == "-" ? "" : String(values[1]),
          record: try decoded(values[2], line)))
    case ("held", _): held = EngineLockAnswer.texts(rest)
    case ("beat", 2):
      guard let held, held.count == 6 else { break }
      facts.lock =
        EngineLockAnswer.found(held, beat: String(values[0]), clock: String(values[1]))?.holder
    // A number that no disk has is as good as none.
    case ("free", 1): facts.freeBytes = HostNumber.bytes(kibibytes: values[0]) ?? 0
    case ("engine", 2):
      facts.engine = String(values[0])
      facts.platform = String(values[1])
    case ("compose", 1): facts.compose = String(values[0])
    case ("problem", 1): facts.problem = try trimmed(values[0], line)
    case ("container", _): facts.containers.append(try container(rest, line))
    case ("image", 4): add(image: values)
    case ("network", 1): resources.insert("\(word) \(values[0])")
    case ("volume", _):
      resources.insert("\(word) \(values[0])")
      // What a label of somebody's own making holds says nothing.
      if values.count == 3, let project = Self.label(values[1]), let name = Self.label(values[2]) {
        projects[project, default: ComposeNeighbour()].volumes[name] = String(values[0])
      }
    case ("service", 4):
      guard let project = Self.label(values[0]), let service = Self.label(values[1]) else { break }
      projects[project, default: ComposeNeighbour()].services.insert(service)
      if let name = Self.label(values[2]), let environment = Self.label(values[3]) {
        projects[project]?.deployments.insert(
          ComposeNeighbour.Deployment(project: name, environment: environment))
      }
    default: throw unexpected(line)
    }
  }

  /// The facts, if the answer was whole.
  mutating func finish() throws(TaskError) -> HostFacts {
    guard ends.contains("facts"),
      facts.engine.isEmpty || ends.isSuperset(of: ["containers", "images"])
    else {
      throw TaskError(
        .unexpectedAnswer(facts.host), "`\(facts.host)` gave half of an answer",
        hint: "run it again; if that does not help, see whether its disk is full")
    }
    facts.applied = HostApplied(receipt: receipt, services: services)
    if ends.contains("resources") {
      facts.resources = resources
      facts.projects = projects
    }
    facts.containers.sort { ($0.name, $0.id) < ($1.name, $1.id) }
    facts.images = Set(facts.images).sorted()
    facts.releases.sort { $0.id < $1.id }
    return facts
  }

  /// A label in quotes; nil for one that is empty or takes more than quotes.
  private static func label(_ word: Substring) -> String? {
    let text = word.dropFirst().dropLast()
    guard word.hasPrefix("\""), word.hasSuffix("\""), !text.isEmpty, !text.contains("\\") else {
      return nil
    }
    return String(text)
  }

  /// A container as the engine tells it: absent labels are null.
  private struct Described: Decodable {
    let container: RemoteContainer

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      func text() throws -> String { try values.decodeIfPresent(String.self) ?? "" }
      let id = try text()
      let name = try text()
      let service = try text()
      let spec = try text()
      let release = try text()
      var container = RemoteContainer(
        id: id, name: name.hasPrefix("/") ? String(name.dropFirst()) : name, service: service,
        spec: spec, image: try text(), state: try text(), health: try text(),
        exitCode: try values.decode(Int.self), restarts: try values.decode(Int.self),
        isOneOff: try text().lowercased() == "true")
      container.release = release
      for kind in [ServiceTie.Kind.network, .pid, .ipc] {
        let mode = try text()
        guard mode.hasPrefix("container:") else { continue }
        container.shares.append("\(kind.rawValue):\(mode.dropFirst("container:".utf8.count))")
      }
      for lender in try values.decodeIfPresent([String].self) ?? [] {
        container.shares.append(
          "\(ServiceTie.Kind.volumes.rawValue):\(lender.prefix { $0 != ":" })")
      }
      container.created = try text()
      container.started = try text()
      container.finished = try text()
      self.container = container
    }
  }

  private func container(
    _ json: Substring, _ line: Substring
  ) throws(TaskError) -> RemoteContainer {
    do {
      return try JSONDecoder().decode(Described.self, from: Data(json.utf8)).container
    } catch {
      throw unexpected(line)
    }
  }

  private mutating func add(image values: [Substring]) {
    let id = String(values[0])
    facts.images.append(id)
    guard values[1] != "<none>" else { return }
    let names = [(":", values[2]), ("@", values[3])].filter { $1 != "<none>" }.map {
      "\(values[1])\($0)\($1)"
    }
    facts.images += names
    for name in names { facts.imageIDs[ImagePresence.familiar(name)] = id }
  }

  private func number(_ text: Substring, _ line: Substring) throws(TaskError) -> Int64 {
    guard let number = HostNumber.read(text) else { throw unexpected(line) }
    return number
  }

  /// The text that base64 stands for; empty for `-`.
  private func decoded(_ text: Substring, _ line: Substring) throws(TaskError) -> String {
    if text == "-" { return "" }
    guard let data = Data(base64Encoded: String(text)) else { throw unexpected(line) }
    return String(decoding: data, as: UTF8.self)
  }

  private func trimmed(_ text: Substring, _ line: Substring) throws(TaskError) -> String {
    let text = try decoded(text, line)
    return text.last == "\n" ? String(text.dropLast()) : text
  }

  private func unexpected(_ line: Substring) -> TaskError {
    TaskError(
      .unexpectedAnswer(facts.host), "`\(facts.host)` answered what makes no sense here",
      hint: "see what `docker version`, `docker image ls` and `docker ps` print there",
      logTail: [String(line.prefix(200))])
  }
}
