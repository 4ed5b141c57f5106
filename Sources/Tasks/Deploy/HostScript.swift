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
    ("replace", replace), ("job", job), ("rollout", rollout), ("restart", restart),
    ("orphans", orphans), ("receipt", receipt), ("prune", prune),
  ]

  /// What every script that changes containers may say: whether it may go on, and how long it has waited.
  static let common =
    #"""
    set -eu
    # The lock may not be asked for, and nobody may ask to stop: then these are not given.
    if ! command -v stagecraft_stopping >/dev/null 2>&1; then stagecraft_stopping() { false; }; fi
    # Whether containers were stopped for new ones, which these are, and whether they are being brought
    # back.
    stopped='' fresh='' restoring=''

    # Before every change. Ends here where the lock went to another run: what is to be done is then for
    # that one to say. What this script stopped runs again before it ends.
    ours() {
      if [ -n "$restoring" ] || stagecraft_holds; then return 0; fi
      if [ -n "$stopped" ]; then put_back $fresh; fi
      exit 97
    }

    # Where it does no harm to end: ends here if the operator asked for it.
    safe() { if stagecraft_stopping; then exit 98; fi; }

    # Into $now: seconds of a clock that nobody sets. Where there is none rounds are counted, each of
    # which takes a quarter of a second or more.
    rounds=0
    clock() {
      if { IFS=' .' read -r now _ </proc/uptime; } 2>/dev/null; then return 0; fi
      rounds=$((rounds + 1))
      now=$((rounds / 4))
    }

    moment() { sleep 0.25 2>/dev/null || sleep 1; }

    # The engine, which may have died a moment ago: until it answers, for half a minute.
    ask() {
      answer=
      if answer=$($patience "$@"); then return 0; fi
      clock
      asked=$now
      while [ $((now - asked)) -lt 30 ]; do
        sleep 1
        if answer=$($patience "$@" 2>/dev/null); then return 0; fi
        clock
      done
      return 1
    }
    patience=
    if command -v timeout >/dev/null 2>&1; then patience='timeout 30'; fi

    # An engine may never end to thaw a container whose health check began while it froze.
    thaw() {
      if ! $patience docker unpause "$@" >&2; then
        echo "the engine did not unpause $*" >&2
        return 1
      fi
    }

    """# + "\n"

  /// Arguments: directory, project, release, service; the first line of standard input is the label
  /// of current containers.
  static let service =
    common
      + #"""
      directory=$1 project=$2 release=$3 service=$4
      shift 4
      read -r spec marks
      # What containers say of where they come from; no part of what they are.
      STAGECRAFT_RELEASE=$release
      export STAGECRAFT_RELEASE

      # Writes down that all of the service is this release's: what counts for whoever comes next, and for
      # going back, whatever becomes of the rest of this run.
      applied() {
        ours
        (
          umask 077
          mkdir -p "$directory/services"
          note=$directory/applied.$$
          printf '%s %s %s %s %s %s\n' "$service" "$release" "$spec" "${stagecraft_release:-$release}" \
            "$(date +%s)" "${stagecraft_by:-}" >"$note"
          mv -f "$note" "$directory/services/$service"
        )
      }

      # Compose with the release's environment; what $override says counts more than its file.
      override=
      compose() (
        cd "$directory/releases/$release" || exit 1
        set -a
        . ./env
        set +a
        COMPOSE_IGNORE_ORPHANS=true
        export COMPOSE_IGNORE_ORPHANS
        set -- docker compose -p "$project" -f compose.yaml ${override:+-f -} "$@"
        # Of two at once, both would make the network that neither finds.
        if command -v flock >/dev/null 2>&1; then set -- flock "$directory/compose.lock" "$@"; fi
        printf '%s' "$override" | "$@"
      )

      # Into $seen, a line each: ID STATE NAME =LABEL STATUS. Ends here where the engine stays away.
      look() {
        if ask docker ps -a --no-trunc \
          --filter "label=com.docker.compose.project=$project" \
          --filter "label=com.docker.compose.service=$service" \
          --filter label=com.docker.compose.oneoff=False \
          --format '{{.ID}} {{.State}} {{.Names}} ={{.Label "dev.stagecraft.spec"}} {{.Status}}'; then
          seen=$answer
          if [ -n "$marks" ]; then mark; fi
          return 0
        fi
        echo "failed engine"
        if [ -n "$stopped" ]; then echo "down $service"; fi
        exit 0
      }

      # What labels do not show: one that lives in a container that is gone is old, and where one may
      # end, a current one that did so with 0 is in the state `ended`.
      mark() {
        done=
        case " $marks " in
          *" ends "*)
            done=" $(docker ps -aq --no-trunc --filter status=exited --filter exited=0 \
              --filter "label=com.docker.compose.project=$project" \
              --filter "label=com.docker.compose.service=$service" | tr '\n' ' ')"
            ;;
        esac
        seen=$(printf '%s\n' "$seen" | while read -r id state name label status; do
          case " $marks " in *" ${id:-none} "*) label='=cut-off' ;; esac
          if [ "$label" = "=$spec" ]; then
            case $done in *" $id "*) state=ended ;; esac
          fi
          echo "$id $state $name $label $status"
        done)
      }

      # pick current|old|kept|any STATE...: the ids of what was seen; no state means all. Kept are old
      # ones that were stopped for new ones, by whatever label. Beside the engine's states there are
      # `serving`: it runs, and its check does not say otherwise; `settled`: and for some time where it
      # has no check; `failing`: it does not serve.
      pick() {
        which=$1
        shift
        printf '%s\n' "$seen" | while read -r id state name label status; do
          if [ -z "$id" ]; then continue; fi
          case $name in
            *-stagecraft-kept | *-stagecraft-sick | *-stagecraft-idle) kind=kept ;;
            *) if [ "$label" = "=$spec" ]; then kind=current; else kind=old; fi ;;
          esac
          if [ "$which" != any ] && [ "$which" != "$kind" ]; then continue; fi
          if [ $# -eq 0 ]; then echo "$id"; fi
          serves='' settled=''
          if [ "$state" = running ]; then
            case $status in
              *'(healthy)'*) serves=yes settled=yes ;;
              *'('*) ;;
              *' seconds' | *' second') serves=yes ;;
              *) serves=yes settled=yes ;;
            esac
          fi
          for wanted in "$@"; do
            case $wanted in
              serving) if [ -z "$serves" ]; then continue; fi ;;
              settled) if [ -z "$settled" ]; then continue; fi ;;
              failing) if [ -n "$serves" ]; then continue; fi ;;
              *) if [ "$state" != "$wanted" ]; then continue; fi ;;
            esac
            echo "$id"
          done
        done
      }

      name_of() {
        printf '%s\n' "$seen" | while read -r id state name label status; do
          if [ "$id" = "$1" ]; then echo "$name"; fi
        done
      }

      count() { echo $#; }

      # without LIST ID...: the ids that are not in the list; among: those that are.
      without() {
        list=" $(echo $1) "
        shift
        for id in "$@"; do
          case $list in *" $id "*) ;; *) echo "$id" ;; esac
        done
      }
      among() {
        list=" $(echo $1) "
        shift
        for id in "$@"; do
          case $list in *" $id "*) echo "$id" ;; esac
        done
      }

      say_each() {
        word=$1
        shift
        for each in "$@"; do echo "$word $(name_of "$each")"; done
      }

      # Makes $1 more containers, into $made, and starts none; no other container is touched.
      create() {
        ours
        paused=$(pick any paused) before=$(pick any)
        total=$(($(count $before) + $1))
        # Compose wants to start what is paused and fails; frozen again before anything else happens.
        if [ -n "$paused" ]; then thaw $paused; fi
        status=0
        words=$(compose up --no-start --no-deps --no-build --no-recreate --pull never \
          --scale "$service=$total" "$service" 2>&1 >/dev/null) || status=$?
        if [ -n "$paused" ]; then docker pause $paused >&2 || :; fi
        look
        made=$(without "$before" $(pick current created))
        if [ "$status" -eq 0 ] && [ "$(count $made)" -eq "$1" ]; then return 0; fi
        scrap $made
        return 1
      }

      # Starts containers; once more where the engine was away meanwhile.
      launch() {
        ours
        if docker start "$@" >/dev/null 2>&1; then return 0; fi
        look
        ours
        docker start "$@" >&2
      }

      # Makes $1 more containers and starts them.
      make() {
        if ! create "$1"; then
          printf '%s\n' "$words" "made $(count $made) of $1 containers of $service" >&2
          return 1
        fi
        if launch $made; then
          look
          return 0
        fi
        docker rm -f $made >/dev/null || :
        return 1
      }

      # The end of what a container wrote, and of what its health check said.
      tell() {
        docker logs --tail 20 "$1" 2>&1 | sed 's/^/log /' || :
        docker inspect --format \
          '{{with .State.Health}}{{range .Log}}{{.ExitCode}} {{json .Output}}{{println}}{{end}}{{end}}' \
          "$1" 2>/dev/null | sed '/^$/d' | tail -n 1 | sed 's/^/check /' || :
      }

      # dismiss DRAIN CONTAINERS -- HOOK...: runs the hook in each that runs, waits until their clients
      # have let go of them.
      dismiss() {
        drain=$1
        shift
        leaving=
        while [ $# -gt 0 ] && [ "$1" != -- ]; do
          leaving="$leaving $1"
          shift
        done
        shift
        serving=$(among "$leaving" $(pick any running))
        if [ -z "$serving" ]; then return 0; fi
        if [ $# -gt 0 ]; then
          ours
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
        if [ "$drain" -gt 0 ]; then sleep "$drain"; fi
        if [ "$drain" -gt 0 ] || [ $# -gt 0 ]; then await_goodbye $serving; fi
      }

      # halt GRACE CONTAINERS: stops them, whatever their state.
      halt() {
        grace=$1
        shift
        if [ $# -eq 0 ]; then return 0; fi
        ours
        for frozen in $(among "$*" $(pick any paused)); do thaw "$frozen" || :; done
        docker stop -t "$grace" "$@" >&2 || :
        look
        again=$(among "$*" $(pick any running restarting))
        if [ -z "$again" ]; then return 0; fi
        # An engine that died meanwhile has not stopped them.
        ours
        docker stop -t "$grace" $again >&2
      }

      discard() {
        if [ $# -eq 0 ]; then return 0; fi
        # What was stopped just now is named, and found among what has ended as well.
        set -- $(printf '%s\n' "$@" | awk '!seen[$0]++')
        ours
        say_each removed "$@"
        # Never their volumes: another container may have been given them. Somebody else may have
        # removed it; that none is left is checked where it matters.
        docker rm -f "$@" >/dev/null || :
      }

      # Removes what never ran, and its new volumes, in which nothing was ever written.
      scrap() {
        if [ $# -eq 0 ]; then return 0; fi
        ours
        docker rm -f -v "$@" >/dev/null || :
      }

      """# + "\n" + clients + keeping
}
