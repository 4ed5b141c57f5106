// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The script that asks a host for all facts in one answer, and the answer's lines turned into facts. The
// two halves of one protocol: nothing else knows it.

import Cache
import FoundationEssentials
package import TaskGraph

/// Asks a host for all facts and reads the answer.
package enum HostFactsScript {
  /// The script: its arguments are the host's directory and the Compose project.
  ///
  /// It changes nothing and makes no file.
  ///
  /// Each line is a word and its values; whatever people chose is in base64. The slow questions to the
  /// engine run side by side: the output of each waits in a pipe until those before it are written.
  package static let text = #"""
    LC_ALL=C; export LC_ALL
    directory=$1 project=$2
    encoded() { base64 | tr -d '\n'; }
    value() { if [ -s "$1" ]; then encoded <"$1"; else printf -- -; fi; }
    number() {
      n=; { IFS= read -r n <"$1"; } 2>/dev/null
      case $n in ''|*[!0-9]*) n=$2 ;; esac
      printf %s "$n"
    }
    now=$(date +%s)
    echo "clock $now"
    has_receipt=
    if [ -f "$directory/receipt" ]; then
      has_receipt=yes
      echo "receipt $(encoded <"$directory/receipt")"
      IFS= read -r applied <"$directory/receipt"
      echo "manifest $(value "$directory/releases/$applied/host.json")"
    fi
    lock=$directory/lock
    if [ -d "$lock" ]; then
      echo "lock $(value "$lock/owner") $(value "$lock/token") $(number "$lock/taken" "$now")" \
        "$(number "$lock/beat" "$now")"
    fi
    for release in "$directory"/releases/*/; do
      [ -f "$release/host.json" ] || continue
      release=${release%/}
      digest=$(sed -n 's/.*"digest":"\([^"]*\)".*/\1/p;q' "$release/host.json")
      echo "release $(printf %s "${release##*/}" | encoded) ${digest:--} $(value "$release/record.json")"
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
      version=$(docker compose version --short 2>/dev/null) && echo "compose $version"
    }
    containers() {
      format='container [{{json .ID}},{{json .Name}}'
      format="$format"',{{json (index .Config.Labels "com.docker.compose.service")}}'
      format="$format"',{{json (index .Config.Labels "dev.stagecraft.spec")}},{{json .Image}}'
      format="$format"',{{json .State.Status}}'
      format="$format"',{{if .State.Health}}{{json .State.Health.Status}}{{else}}"none"{{end}}'
      format="$format"',{{json .State.ExitCode}},{{json .RestartCount}}'
      format="$format"',{{json (index .Config.Labels "com.docker.compose.oneoff")}}]'
      # One that goes away in between is an error to the program: then it is asked again. To leave one
      # out would make a second one start.
      for try in 1 2 3; do
        ids=$(docker ps --all --quiet --no-trunc \
          --filter "label=com.docker.compose.project=$project") || return
        [ -n "$ids" ] || return 0
        if found=$(docker inspect --type container --format "$format" $ids 2>/dev/null); then
          printf '%s\n' "$found"
          return 0
        fi
      done
      return 1
    }
    if command -v docker >/dev/null 2>&1; then
      engine=$(docker version --format '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}}' 2>&1)
      if [ $? -eq 0 ]; then
        echo "engine $engine"
        compose </dev/null | {
          {
            docker image ls --no-trunc --digests --format \
              'image {{.ID}} {{.Repository}} {{.Tag}} {{.Digest}}' </dev/null &&
              echo 'images end'
          } | {
            containers </dev/null && echo 'containers end'
            cat
          }
          cat
        }
      else
        echo "problem $(printf '%s\n' "$engine" | tail -n 1 | encoded)"
      fi
    else
      echo "problem $(echo 'docker is not installed, or not on the PATH of commands' | encoded)"
    fi
    echo 'facts end'
    """#

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
  private var clock: Int64 = 0
  private var ends: Set<Substring> = []

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
      let lines = try decoded(values[0], line).split(separator: "\n")
      // One that another version wrote, or that was cut off, is as good as none.
      if lines.count == 2 {
        facts.receipt = HostReceipt(release: String(lines[0]), digest: String(lines[1]))
      }
    case ("manifest", 1): facts.manifest = HostManifest(json: try decoded(values[0], line))
    case ("lock", 4):
      let silence = max(0, Int(facts.clock - (try number(values[3], line))))
      facts.lock = LockHolder(
        owner: try trimmed(values[0], line), token: try trimmed(values[1], line),
        age: max(0, Int(facts.clock - (try number(values[2], line)))), silence: silence,
        isExpired: silence > HostFactsScript.expiry)
    case ("release", 3):
      facts.releases.append(
        HeldRelease(
          id: try decoded(values[0], line), digest: values[1] == "-" ? "" : String(values[1]),
          record: try decoded(values[2], line)))
    case ("free", 1): facts.freeBytes = values[0].isEmpty ? 0 : try number(values[0], line) * 1024
    case ("engine", 2):
      facts.engine = String(values[0])
      facts.platform = String(values[1])
    case ("compose", 1): facts.compose = String(values[0])
    case ("problem", 1): facts.problem = try trimmed(values[0], line)
    case ("container", _): facts.containers.append(try container(rest, line))
    case ("image", 4): add(image: values)
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
    facts.containers.sort { ($0.name, $0.id) < ($1.name, $1.id) }
    facts.images = Set(facts.images).sorted()
    facts.releases.sort { $0.id < $1.id }
    return facts
  }

  /// A container as the engine tells it: absent labels are null.
  private struct Described: Decodable {
    let container: RemoteContainer

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      func text() throws -> String { try values.decodeIfPresent(String.self) ?? "" }
      let id = try text()
      let name = try text()
      container = RemoteContainer(
        id: id, name: name.hasPrefix("/") ? String(name.dropFirst()) : name, service: try text(),
        spec: try text(), image: try text(), state: try text(), health: try text(),
        exitCode: try values.decode(Int.self), restarts: try values.decode(Int.self),
        isOneOff: try text().lowercased() == "true")
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
    facts.images.append(String(values[0]))
    guard values[1] != "<none>" else { return }
    if values[2] != "<none>" { facts.images.append("\(values[1]):\(values[2])") }
    if values[3] != "<none>" { facts.images.append("\(values[1])@\(values[3])") }
  }

  private func number(_ text: Substring, _ line: Substring) throws(TaskError) -> Int64 {
    guard let number = Int64(text) else { throw unexpected(line) }
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
