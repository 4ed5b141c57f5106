// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that bring new containers beside the old and take the old away, by ourselves or by a plugin.
// Each looks at what there is before it acts, so that running it again, or after another was killed
// half-way, ends in the same state.

extension HostScript {
  /// More arguments: replicas.
  static let start =
    service
      + #"""
      replicas=$1
      look
      # What never ran, and what of this release ended: leftovers of runs that did not get through.
      scrap $(pick any created)
      discard $(pick any dead removing) $(pick current exited)
      look
      frozen=$(pick current paused)
      if [ -n "$frozen" ]; then
        ours
        thaw $frozen
        look
      fi
      have=$(count $(pick current running restarting ended))
      if [ "$have" -lt "$replicas" ]; then
        safe
        if ! make $((replicas - have)); then
          # A run that was killed had stopped for another release what ran here.
          if [ -z "$(pick any serving)" ]; then put_back; fi
          exit 1
        fi
      fi
      say_each new $(pick current running restarting ended)

      """#

  /// More arguments: replicas, grace and drain in seconds, then the pre-stop hook.
  static let retire =
    service
      + #"""
      replicas=$1 grace=$2 drain=$3
      shift 3
      look
      scrap $(pick current created)
      discard $(pick current exited dead removing)
      look
      serving=$(pick current serving)
      ended=$(pick current ended)
      have=$(count $serving $ended)
      if [ "$have" -lt "$replicas" ]; then
        echo "failed missing $have"
        exit 0
      fi
      leaving="$(pick old running restarting paused) $(pick kept running restarting paused)"
      leaving="$leaving $(without "$serving $ended" $(pick current))"
      if [ "$have" -gt "$replicas" ]; then
        leaving="$leaving $(printf '%s\n' "$serving" | head -n $((have - replicas)))"
      fi
      leaving=$(echo $leaving)
      safe
      await_visit $(among "$leaving" $(pick any running)) -- $(without "$leaving" $serving)
      ours
      dismiss "$drain" $leaving -- "$@"
      halt "$grace" $leaving
      discard $leaving $(pick old created exited dead removing) $(pick kept created exited dead removing)
      look
      left="$(pick old) $(pick kept)"
      if [ "$left" != ' ' ]; then
        echo "containers of $service are still there: $(say_each '' $left | tr '\n' ' ')" >&2
        exit 1
      fi
      applied

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
      scrap $(pick any created)
      discard $(pick any dead removing) $(pick current exited)
      paused=$(pick any paused)
      if [ -n "$paused" ]; then thaw $paused || :; fi
      look
      old=$(pick old)
      have=$(count $(pick current running))
      if [ -n "$old" ] || [ "$have" -eq 0 ]; then
        safe
        ours
        status=0
        (
          cd "$directory/releases/$release" || exit 1
          set -a
          . ./env
          set +a
          COMPOSE_PROJECT_NAME=$project COMPOSE_IGNORE_ORPHANS=true
          export COMPOSE_PROJECT_NAME COMPOSE_IGNORE_ORPHANS
          exec docker rollout -f compose.yaml -t "$deadline" -w "$settle" \
            --wait-after-healthy "$drain" "$service"
        ) >&2 </dev/null || status=$?
        look
        if [ "$status" -ne 0 ] || [ -z "$(pick current serving)" ]; then
          if [ -z "$(pick any serving)" ]; then put_back; fi
        fi
        if [ "$status" -ne 0 ]; then
          echo "failed rollout $status"
          exit 0
        fi
        if [ -n "$(pick old)" ] || [ -z "$(pick current running)" ]; then
          echo "failed unchanged"
          exit 0
        fi
      fi
      discard $(pick kept)
      # The plugin keeps the number that there was; what does not serve goes first.
      have=$(count $(pick current))
      if [ "$have" -lt "$replicas" ]; then
        make $((replicas - have))
      elif [ "$have" -gt "$replicas" ]; then
        surplus=$(printf '%s\n' $(pick current failing) $(pick current serving) |
          head -n $((have - replicas)))
        halt 10 $surplus
        discard $surplus
      fi
      look
      applied
      say_each new $(pick current running restarting)

      """#
}
