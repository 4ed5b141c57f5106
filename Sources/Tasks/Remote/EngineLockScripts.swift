// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts of a lock that is kept in a Docker engine: for `driver: local`, where those who share an
// engine need not share a home, a user or a machine. What answers mean is not known here.
//
// A lock is a container that is created and never started: of two that create one by the same name the
// engine lets one through, and one that is removed by its id is that one and no later one. It is of no
// Compose project. The last heartbeat is a file in it, by the engine's clock, as is its own age.

/// The scripts of a lock in an engine.
enum EngineLockScripts {
  /// The name of the lock of a Compose project.
  static func name(of project: String) -> String { "stagecraft-lock-\(project)" }

  /// The label of all that is made for locks; on a lock its value is the Compose project.
  static let label = "dev.stagecraft.lock"

  /// What a lock says of itself, as a template: id, time of its making, owner, token, run, process.
  static let template =
    "[{{json .Id}},{{json .Created}}"
    + ["owner", "token", "run", "process"]
    .map { ",{{json (index .Config.Labels \"\(label).\($0)\")}}" }.joined() + "]"

  /// Functions: what a lock is, and how long it was silent; in a line each.
  private static let holder =
    "template='\(template)'\n" + #"""
      tell() {
        found=$(docker container inspect --format "$template" "$1" 2>/dev/null) || return
        beat=$(docker cp "$1:/beat" - 2>/dev/null | tar -xOf - 2>/dev/null | head -c 100 | encoded)
        clock=$(docker info --format '{{.SystemTime}}' 2>/dev/null)
        printf 'lock %s\nbeat %s %s\n' "$found" "${beat:--}" "${clock:--}"
      }

      """# + "\n"

  /// `$1` folder, `$2` Compose project, `$3` token, `$4` owner, `$5` the name of this run, `$6` its
  /// process, `$7` the id of the lock that may be removed, or nothing.
  static let take =
    HostJobScripts.survey + #"""

      LC_ALL=C; export LC_ALL
      umask 077
      directory=$1 project=$2 token=$3 owner=$4 run=$5 process=$6 broken=$7
      lock=stagecraft-lock-$project image=stagecraft-lock:1 label=dev.stagecraft.lock

      """# + "\n" + LeaseScripts.reading + LeaseScripts.state + holder + LeaseScripts.prepare + #"""
      create() {
        docker create --pull never --name "$lock" --network none --label "$label=$project" \
          --label "$label.owner=$owner" --label "$label.token=$token" --label "$label.run=$run" \
          --label "$label.process=$process" "$image" lock
      }
      echo "state $(state)"
      if [ -n "$broken" ]; then docker rm "$broken" >/dev/null 2>&1; fi
      for try in 1 2 3; do
        if id=$(create); then
          # A lock is nobody's as long as a script of another run is at work.
          if others; then
            docker rm "$id" >/dev/null
            exit 0
          fi
          echo "taken $id $(docker container inspect --format '{{.Created}}' "$id")"
          exit 0
        fi
        if tell "$lock"; then exit 0; fi
        # Nothing is pulled for it: an image of nothing is made where it is missing.
        if docker image inspect "$image" >/dev/null 2>&1; then continue; fi
        head -c 1024 /dev/zero |
          docker import --change "LABEL $label=image" - "$image" >/dev/null || exit 75
      done
      exit 75
      """#

  /// `$1` Compose project; says who holds its lock.
  static let look =
    LeaseScripts.reading + holder + #"""
      id=$(docker ps --all --quiet --no-trunc --filter "label=dev.stagecraft.lock=$1") || exit 75
      if [ -z "$id" ] || ! tell "$id"; then echo none; fi
      """#

  /// `$1` folder, `$2` the id of the lock.
  static let beat = #"""
    file=$1/beat.$2
    clock=$(docker info --format '{{.SystemTime}}' 2>/dev/null) && [ -n "$clock" ] || exit 75
    printf '%s\n' "$clock" >"$file" && docker cp "$file" "$2:/beat" >/dev/null 2>&1
    status=$?
    rm -f "$file"
    exit $status
    """#

  /// `$1` the id of the lock to be removed, whoever holds it.
  static let unlock = #"""
    if docker rm "$1" >/dev/null; then
      echo removed
    elif docker container inspect "$1" >/dev/null 2>&1; then
      exit 75
    else
      echo gone
    fi
    """#

  /// `$1` the name of a run that may have taken a lock; removes it.
  static let forget = #"""
    id=$(docker ps --all --quiet --no-trunc --filter "label=dev.stagecraft.lock.run=$1")
    if [ -n "$id" ]; then docker rm "$id" >/dev/null; fi
    """#
}
