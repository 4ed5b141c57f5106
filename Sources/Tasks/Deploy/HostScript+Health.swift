// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The script that waits until new containers work, and what it does where they do not: what serves stays,
// what was kept for them comes back.

extension HostScript {
  /// More arguments: replicas, deadline and settling time in seconds, the strategy, then the ids that
  /// were there before.
  ///
  /// Docker itself says when a check has failed too often; `starting` is waited for.
  static let health =
    service
      + #"""
      replicas=$1 deadline=$2 settle=$3 strategy=$4
      shift 4
      known=$*
      look
      ids=$(pick current)
      clock
      begin=$now since=$now
      past='' verdict='' reason='' code=0 culprit='' base=''
      if [ "$replicas" -eq 0 ]; then exit 0; fi
      if [ "$(count $ids)" -lt "$replicas" ]; then
        reason=missing code=$(count $ids)
      fi
      while [ -z "$reason" ]; do
        clock
        if ! states=$(docker inspect --format '{{.ID}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.RestartCount}} {{.State.ExitCode}} {{.State.StartedAt}}' $ids); then
          # It waits for an engine that died.
          look
          if [ -n "$(without "$(pick current)" $ids)" ] || [ $((now - begin)) -ge "$deadline" ]; then
            reason=gone
          else
            moment
          fi
          continue
        fi
        if [ "$states" != "$past" ]; then
          # A health check that goes well changes nothing of when a container without one settled.
          if [ "$(printf '%s\n' "$states" | awk '{ print $1, $2, $4, $6 }')" != \
            "$(printf '%s\n' "$past" | awk '{ print $1, $2, $4, $6 }')" ]; then since=$now; fi
          past=$states
        fi
        if [ -z "$base" ]; then
          base=$(printf '%s\n' "$states" | while read -r id status health restarts rest; do
            if [ -n "$(among "$known" "$id")" ]; then echo "$id:$restarts"; else echo "$id:0"; fi
          done | tr '\n' ' ')
        fi
        verdict=$(printf '%s\n' "$states" | while read -r id status health restarts code rest; do
          before=${base#*"$id:"}
          before=${before%% *}
          if [ $((restarts - before)) -ge 3 ]; then
            echo "bad restarts $code $id"
          elif [ "$status $code" = 'exited 0' ] && [ -n "$marks" ] && [ -z "${marks##ends*}" ]; then
            echo "good ended 0 $id"
          elif [ "$status" = exited ] || [ "$status" = dead ]; then
            echo "bad exited $code $id"
          elif [ "$status" = running ] && [ "$health" = healthy ]; then
            echo "good healthy 0 $id"
          elif [ "$status" = running ] && [ "$health" = none ]; then
            if [ $((now - since)) -ge "$settle" ]; then
              echo "good settled 0 $id"
            else
              echo "wait settling 0 $id"
            fi
          elif [ "$status" = running ] && [ "$health" = unhealthy ]; then
            if [ -n "$(among "$known" "$id")" ]; then
              echo "wait unhealthy 0 $id"
            else
              echo "bad unhealthy 0 $id"
            fi
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
        safe
        moment
        ours
      done
      if [ -z "$reason" ]; then
        look
        say_each new $ids
        # They work: what was stopped for them is not needed any more.
        if [ "$strategy" = recreate ]; then
          discard $(pick kept)
          look
        fi
        if [ -z "$(pick old)$(pick kept)" ]; then applied; fi
        exit 0
      fi

      ours
      look
      echo "failed $reason $code $(name_of "$culprit")"
      if [ -n "$culprit" ]; then tell "$culprit"; fi
      trap '' HUP INT TERM PIPE
      good=$(printf '%s\n' "$verdict" | awk '$1 == "good" { print $4 }')
      # What was there before this run and works stays; all others may go, if something serves then.
      doomed=$(without "$(among "$known" $good)" $(among "$ids" $(pick current)))
      others=$(echo $(without "$doomed" $good $(pick any settled)))
      if [ -z "$others$(reserve)" ]; then
        staying=$(among "$doomed" $good)
        if [ -z "$staying" ]; then staying=$(among "$known" $doomed); fi
        say_each kept $staying
        doomed=$(without "$staying" $doomed)
        others=$(echo $staying)
      fi
      say_each removed $doomed
      if [ -n "$(pick kept)" ] && { [ -z "$others" ] || [ "$strategy" = recreate ]; } &&
        [ -z "${staying:-}" ]; then
        put_back $doomed
      elif [ -n "$doomed" ]; then
        # Never their volumes: a replaced container has given it those of the old one.
        docker rm -f $doomed >/dev/null || :
      fi

      """#
}
