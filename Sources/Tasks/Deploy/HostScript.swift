// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that change hosts, POSIX sh, one concern a file: what is here is common to them. They
// answer in lines of a word and a value; what Docker says goes to standard error. What is secret is
// read from standard input, never an argument.

/// The scripts that change hosts.
package enum HostScript {
  /// Every script, by name, for checks of their text.
  package static let all: [(name: String, text: String)] = [
    ("upload", upload), ("missing-files", missingFiles), ("pull", pull), ("layers", layers),
    ("load", load), ("verify", verify), ("start", start), ("health", health), ("retire", retire),
    ("replace", replace), ("job", job), ("rollout", rollout), ("orphans", orphans),
    ("receipt", receipt), ("prune", prune),
  ]

  /// An engine may never end to thaw a container whose health check began while it froze.
  static let thaw =
    #"""
    thaw() {
      if ! command -v timeout >/dev/null 2>&1; then
        docker unpause "$@" >&2
      elif ! timeout 30 docker unpause "$@" >&2; then
        echo "the engine did not unpause $*" >&2
        return 1
      fi
    }

    """# + "\n"

  /// Arguments: directory, project, release, service; the first line of standard input is the label
  /// of current containers.
  static let service =
    thaw
      + #"""
      set -eu
      directory=$1 project=$2 release=$3 service=$4
      shift 4
      IFS= read -r spec

      compose() (
        cd "$directory/releases/$release" || exit 1
        set -a
        . ./env
        set +a
        # Of two at once, both would make the network that neither finds.
        if command -v flock >/dev/null 2>&1; then
          exec flock "$directory/compose.lock" docker compose -p "$project" -f compose.yaml "$@"
        fi
        exec docker compose -p "$project" -f compose.yaml "$@"
      )

      # Ends here where the lock went to another run while this one waited: what is to be done is then
      # for that one to say.
      ours() { stagecraft_holds || exit 97; }

      # Into $seen, a line each: ID STATE NAME LABEL. Fails where the engine does not answer.
      look() {
        seen=$(docker ps -a --no-trunc \
          --filter "label=com.docker.compose.project=$project" \
          --filter "label=com.docker.compose.service=$service" \
          --filter label=com.docker.compose.oneoff=False \
          --format '{{.ID}} {{.State}} {{.Names}} {{.Label "dev.stagecraft.spec"}}')
      }

      # pick current|old|any STATE...: the ids of what was seen; no state means all.
      pick() {
        which=$1
        shift
        printf '%s\n' "$seen" | while read -r id state name label; do
          if [ -z "$id" ]; then continue; fi
          case $which in
            current) if [ "$label" != "$spec" ]; then continue; fi ;;
            old) if [ "$label" = "$spec" ]; then continue; fi ;;
          esac
          if [ $# -eq 0 ]; then echo "$id"; fi
          for wanted in "$@"; do
            if [ "$state" = "$wanted" ]; then echo "$id"; fi
          done
        done
      }

      name_of() {
        printf '%s\n' "$seen" | while read -r id state name label; do
          if [ "$id" = "$1" ]; then echo "$name"; fi
        done
      }

      count() { echo $#; }

      say_each() {
        word=$1
        shift
        for each in "$@"; do echo "$word $(name_of "$each")"; done
      }

      # Makes $1 more containers and starts them; no other container is touched.
      make() {
        paused=$(pick any paused)
        total=$(($(count $(pick any)) + $1))
        # Compose wants to start what is paused and fails; frozen again before anything else happens.
        if [ -n "$paused" ]; then thaw $paused; fi
        failed=0
        compose up --no-start --no-deps --no-build --no-recreate --pull never \
          --scale "$service=$total" "$service" >&2 || failed=$?
        if [ -n "$paused" ]; then docker pause $paused >&2 || :; fi
        look
        made=$(pick current created)
        if [ "$failed" -ne 0 ] || [ "$(count $made)" -ne "$1" ]; then
          if [ -n "$made" ]; then docker rm -f $made >/dev/null; fi
          echo "made $(count $made) of $1 containers of $service" >&2
          return 1
        fi
        status=0
        docker start $made >&2 || status=$?
        if [ "$status" -ne 0 ]; then
          docker rm -f $made >/dev/null
          return 1
        fi
        look
      }

      # The end of what a container wrote, and of what its health check said.
      tell() {
        docker logs --tail 20 "$1" 2>&1 | sed 's/^/log /'
        docker inspect --format \
          '{{with .State.Health}}{{range .Log}}{{.ExitCode}} {{printf "%q" .Output}}{{println}}{{end}}{{end}}' \
          "$1" 2>/dev/null | sed '/^$/d' | tail -n 1 | sed 's/^/check /'
      }

      # quit GRACE DRAIN CONTAINERS -- HOOK...: runs the hook in each that runs, waits, stops, removes.
      quit() {
        grace=$1 drain=$2
        shift 2
        leaving=
        while [ $# -gt 0 ] && [ "$1" != -- ]; do
          leaving="$leaving $1"
          shift
        done
        shift
        if [ -z "$leaving" ]; then return 0; fi
        serving=
        for id in $leaving; do
          case " $(pick any running | tr '\n' ' ')" in *" $id "*) serving="$serving $id" ;; esac
        done
        if [ $# -gt 0 ] && [ -n "$serving" ]; then
          hooks=
          for id in $serving; do
            (
              status=0
              if command -v timeout >/dev/null 2>&1; then
                timeout 60 docker exec "$id" "$@" >&2 </dev/null || status=$?
              else
                docker exec "$id" "$@" >&2 </dev/null || status=$?
              fi
              if [ "$status" -ne 0 ]; then echo "hook $status $(name_of "$id")"; fi
            ) &
            hooks="$hooks $!"
          done
          for hook in $hooks; do wait "$hook" || :; done
        fi
        if [ "$drain" -gt 0 ] && [ -n "$serving" ]; then sleep "$drain"; fi
        ours
        for id in $(pick any paused); do
          case "$leaving " in *" $id "*) thaw "$id" || : ;; esac
        done
        docker stop -t "$grace" $leaving >&2 || :
      }

      discard() {
        if [ $# -eq 0 ]; then return 0; fi
        say_each removed "$@"
        # Somebody else may have removed it; that none is left is checked where it matters.
        docker rm -f "$@" >/dev/null || :
      }

      # put_back RELEASE COUNT: the service as an earlier release has it, in place of what there is.
      put_back() {
        if [ -z "$1" ] || [ ! -f "$directory/releases/$1/compose.yaml" ]; then return 1; fi
        (
          release=$1
          compose config --services 2>/dev/null | grep -qxF -e "$service" || exit 1
          look || exit 1
          running=$(pick any running restarting)
          if [ -n "$running" ]; then docker stop $running >&2 || exit 1; fi
          compose up -d --no-deps --no-build --pull never --force-recreate \
            --scale "$service=$2" "$service" >&2 || exit 1
        ) || return 1
        echo "restored $1"
      }

      """# + "\n"
}
