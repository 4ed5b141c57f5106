// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that replace the containers of one service. Each looks at what there is before it acts,
// so that running it again, or after another was killed half-way, ends in the same state.

extension HostScript {
  /// More arguments: replicas.
  static let start =
    service
      + #"""
      replicas=$1
      look
      # What never ran, and what of this release ended: leftovers of runs that did not get through.
      discard $(pick any created dead removing) $(pick current exited)
      look
      frozen=$(pick current paused)
      if [ -n "$frozen" ]; then
        thaw $frozen
        look
      fi
      have=$(count $(pick current running restarting))
      if [ "$have" -lt "$replicas" ]; then make $((replicas - have)); fi
      say_each new $(pick current running restarting)

      """#

  /// More arguments: replicas, deadline and settling time in seconds, what to do with new containers
  /// that fail (`remove` or `replace`), the release to put back and its count, then the ids that were
  /// there before.
  ///
  /// Docker itself says when a check has failed too often; `starting` is waited for.
  static let health =
    service
      + #"""
      replicas=$1 deadline=$2 settle=$3 earlier_release=$4 earlier_count=$5
      shift 5
      known=" $* "
      look
      ids=$(pick current)
      begin=$(date +%s)
      since=$begin
      past=
      reason='' code=0 culprit=''
      if [ "$(count $ids)" -lt "$replicas" ] || [ -z "$ids" ]; then
        if [ "$replicas" -eq 0 ]; then exit 0; fi
        echo "failed missing $(count $ids)"
        exit 0
      fi
      base=
      while :; do
        if ! states=$(docker inspect --format '{{.ID}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}} {{.State.ExitCode}} {{.State.StartedAt}}' $ids); then
          reason=gone
          break
        fi
        now=$(date +%s)
        if [ "$states" != "$past" ]; then
          # A health check that goes well changes nothing of when a container without one settled.
          if [ "$(printf '%s\n' "$states" | awk '{ print $1, $2, $4, $6 }')" != \
            "$(printf '%s\n' "$past" | awk '{ print $1, $2, $4, $6 }')" ]; then since=$now; fi
          past=$states
        fi
        if [ -z "$base" ]; then
          base=$(printf '%s\n' "$states" | while read -r id status health restarts rest; do
            case $known in *" $id "*) echo "$id:$restarts" ;; *) echo "$id:0" ;; esac
          done | tr '\n' ' ')
        fi
        verdict=$(printf '%s\n' "$states" | while read -r id status health restarts code rest; do
          before=${base#*"$id:"}
          before=${before%% *}
          if [ $((restarts - before)) -ge 3 ]; then
            echo "bad restarts $code $id"
          elif [ "$status" = exited ] || [ "$status" = dead ]; then
            echo "bad exited $code $id"
          elif [ "$status" = running ] && [ "$health" = healthy ]; then
            echo good
          elif [ "$status" = running ] && [ "$health" = none ]; then
            if [ $((now - since)) -ge "$settle" ]; then echo good; else echo "wait settling 0 $id"; fi
          elif [ "$status" = running ] && [ "$health" = unhealthy ]; then
            case $known in
              *" $id "*) echo "wait unhealthy 0 $id" ;;
              *) echo "bad unhealthy 0 $id" ;;
            esac
          else
            echo "wait $status-$health 0 $id"
          fi
        done)
        bad=$(printf '%s\n' "$verdict" | grep '^bad ' | head -n 1) || bad=
        waiting=$(printf '%s\n' "$verdict" | grep '^wait ' | head -n 1) || waiting=
        if [ -z "$bad" ] && [ -z "$waiting" ]; then break; fi
        if [ -z "$bad" ] && [ $((now - begin)) -ge "$deadline" ]; then
          bad="bad late-${waiting#wait }"
        fi
        if [ -n "$bad" ]; then
          read -r reason code culprit <<END
      ${bad#bad }
      END
          break
        fi
        sleep 0.25 2>/dev/null || sleep 1
        ours
      done
      if [ -z "$reason" ]; then
        look
        say_each new $ids
        exit 0
      fi
      look
      echo "failed $reason $code $(name_of "$culprit")"
      if [ -n "$culprit" ]; then tell "$culprit"; fi
      if [ -n "$earlier_release" ]; then
        if put_back "$earlier_release" "$earlier_count"; then exit 0; fi
        echo "lost $earlier_release"
      fi
      # What was there before this run and is all that serves stays.
      serving=$(pick old running)
      failing=
      for id in $ids; do
        case $known in
          *" $id "*) if [ -z "$serving" ]; then echo "kept $(name_of "$id")"; continue; fi ;;
        esac
        failing="$failing $id"
      done
      if [ -n "$failing" ]; then
        say_each removed $failing
        # Never their volumes: a replaced container has given it those of the old one.
        docker rm -f $failing >/dev/null || :
      fi

      """#

  /// More arguments: replicas, grace and drain in seconds, then the pre-stop hook.
  static let retire =
    service
      + #"""
      replicas=$1 grace=$2 drain=$3
      shift 3
      look
      discard $(pick current created exited dead removing)
      look
      serving=$(pick current running)
      have=$(count $serving)
      if [ "$have" -lt "$replicas" ]; then
        echo "failed missing $have"
        exit 0
      fi
      leaving="$(pick old running restarting paused) $(pick current restarting paused)"
      if [ "$have" -gt "$replicas" ]; then
        leaving="$leaving $(printf '%s\n' "$serving" | head -n $((have - replicas)))"
      fi
      quit "$grace" "$drain" $leaving -- "$@"
      discard $leaving $(pick old created exited dead removing)
      look
      left=$(pick old)
      if [ -n "$left" ]; then
        echo "containers of $service are still there: $(say_each '' $left | tr '\n' ' ')" >&2
        exit 1
      fi

      """#

  /// More arguments: replicas, grace and drain in seconds, the release to put back and its count,
  /// then the pre-stop hook.
  static let replace =
    service
      + #"""
      replicas=$1 grace=$2 drain=$3 earlier_release=$4 earlier_count=$5
      shift 5
      look
      if [ -n "$(pick old running exited paused restarting)" ]; then
        # Compose was stopped between making the new one and removing the old one; the old one has
        # the volumes without a name.
        discard $(pick any created dead removing)
      else
        discard $(pick any dead removing)
        for id in $(pick current created); do
          name=$(name_of "$id")
          case $name in
            ????????????_*) docker rename "$id" "${name#*_}" >&2 || : ;;
          esac
          docker start "$id" >&2 || :
        done
      fi
      look
      if [ "$(count $(pick current running restarting))" -ne "$replicas" ] || [ -n "$(pick old)" ]; then
        leaving=$(pick any running restarting paused)
        quit "$grace" "$drain" $leaving -- "$@"
        look
        if ! compose up -d --no-deps --no-build --pull never --force-recreate -t "$grace" \
          --scale "$service=$replicas" "$service" >&2; then
          echo "failed start"
          look
          for id in $(pick current created exited running restarting); do tell "$id"; done
          if put_back "$earlier_release" "$earlier_count"; then exit 0; fi
          if [ -n "$earlier_release" ]; then echo "lost $earlier_release"; fi
          exit 0
        fi
        look
        discard $(pick old)
      fi
      look
      say_each new $(pick current running restarting)

      """#

  /// More arguments: deadline and grace in seconds.
  static let job =
    service
      + #"""
      deadline=$1 grace=$2
      begin=$(date +%s)
      is_late() { [ $(($(date +%s) - begin)) -ge "$deadline" ]; }
      finish() {
        docker logs --tail 1000 "$1" >&2 2>&1 || :
        echo "new $(name_of "$1")"
        look
        discard $(pick old created exited dead removing)
        exit 0
      }
      look
      for id in $(pick current exited); do
        if [ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" = 0 ]; then finish "$id"; fi
      done
      discard $(pick any created dead removing) $(pick any exited)
      look
      # One of another release that still runs is never cut short.
      while other=$(pick old running restarting paused) && [ -n "$other" ]; do
        if is_late; then
          echo "failed busy 0 $(name_of "${other%%[!0-9a-f]*}")"
          exit 0
        fi
        sleep 0.25 2>/dev/null || sleep 1
        ours
        look
      done
      discard $(pick old)
      look
      id=$(pick current running restarting paused | head -n 1)
      if [ -z "$id" ]; then
        make 1
        id=$(pick current | head -n 1)
      fi
      name=$(name_of "$id")
      while :; do
        if ! state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$id"); then
          echo "failed gone 0 $name"
          exit 0
        fi
        case $state in
          'exited 0') finish "$id" ;;
          exited\ * | dead\ *)
            echo "failed exited ${state#* } $name"
            tell "$id"
            exit 0
            ;;
        esac
        if is_late; then
          docker stop -t "$grace" "$id" >&2 || :
          echo "failed late 0 $name"
          tell "$id"
          exit 0
        fi
        sleep 0.25 2>/dev/null || sleep 1
        ours
      done

      """#

  /// More arguments: replicas, deadline, settling time and drain in seconds.
  static let rollout =
    service
      + #"""
      replicas=$1 deadline=$2 settle=$3 drain=$4
      case " $(docker info --format '{{range .ClientInfo.Plugins}}{{.Name}} {{end}}') " in
        *" rollout "*) ;;
        *)
          echo "failed plugin"
          exit 0
          ;;
      esac
      look
      discard $(pick any created dead removing) $(pick current exited)
      paused=$(pick any paused)
      if [ -n "$paused" ]; then thaw $paused || :; fi
      look
      old=$(pick old)
      have=$(count $(pick current running))
      if [ -n "$old" ] || [ "$have" -eq 0 ]; then
        status=0
        (
          cd "$directory/releases/$release" || exit 1
          set -a
          . ./env
          set +a
          COMPOSE_PROJECT_NAME=$project
          export COMPOSE_PROJECT_NAME
          exec docker rollout -f compose.yaml -t "$deadline" -w "$settle" \
            --wait-after-healthy "$drain" "$service"
        ) >&2 </dev/null || status=$?
        look
        if [ "$status" -ne 0 ]; then
          echo "failed rollout $status"
          exit 0
        fi
        left=$(pick old)
        if [ -n "$left" ] || [ -z "$(pick current running)" ]; then
          echo "failed unchanged"
          exit 0
        fi
      fi
      # The plugin keeps the number that there was.
      if [ "$(count $(pick current))" -ne "$replicas" ]; then
        compose up -d --no-deps --no-build --no-recreate --pull never \
          --scale "$service=$replicas" "$service" >&2
        look
      fi
      say_each new $(pick current running restarting)

      """#

  /// Arguments: directory, project, then the services that stay.
  static let orphans =
    thaw
      + #"""
      set -eu
      project=$2
      shift 2
      seen=$(docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" \
        --filter label=com.docker.compose.oneoff=False \
        --format '{{.ID}} {{.State}} {{.Names}} {{.Label "com.docker.compose.service"}}')
      leaving=$(printf '%s\n' "$seen" | while read -r id _ _ service; do
        if [ -z "$id" ]; then continue; fi
        for kept in "$@"; do
          if [ "$service" = "$kept" ]; then continue 2; fi
        done
        echo "$id"
      done)
      if [ -z "$leaving" ]; then exit 0; fi
      printf '%s\n' "$seen" | while read -r id _ name _; do
        case $leaving in *"$id"*) echo "removed $name" ;; esac
      done
      for id in $leaving; do
        if [ "$(docker inspect --format '{{.State.Paused}}' "$id" 2>/dev/null)" = true ]; then
          thaw "$id" || :
        fi
      done
      # Each with the grace period that it was made with.
      docker stop $leaving >&2 || :
      docker rm -f $leaving >/dev/null || :

      """#
}
