// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The script that replaces containers of which two cannot run at once. The new one is made before the old
// one stops, so that what is missing is found while all still runs; the old one is kept until the new works.

extension HostScript {
  /// More arguments: replicas, grace and drain in seconds, then the pre-stop hook.
  static let replace =
    service
      + #"""
      replicas=$1 grace=$2 drain=$3
      shift 3

      # The `container_name` of the service, where it has one.
      fixed_name() {
        if ! grep -q container_name: "$directory/releases/$release/compose.yaml"; then return 0; fi
        compose config 2>/dev/null | awk -v service="$service" '
          /^[^ ]/ { section = $1 }
          section == "services:" && /^  [^ ]/ { name = $1; gsub(/[":]/, "", name) }
          section == "services:" && name == service && /^    container_name:/ { gsub(/"/, "", $2); print $2 }'
      }

      # inherited OLD NEW: what the old one has where the new one got a new volume without a name, as
      # lines of a volume and a path in JSON. Compose goes by the same rule when it replaces one.
      inherited() {
        volumes='{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{json .Destination}}{{println}}{{end}}{{end}}'
        there=$(docker inspect --format "$volumes" "$1") || return 1
        docker inspect --format "$volumes" "$2" | while read -r volume path; do
          case $volume in '' | *[!0-9a-f]*) continue ;; esac
          if [ "${#volume}" -ne 64 ]; then continue; fi
          printf '%s\n' "$there" | while read -r old at; do
            if [ "$at" = "$path" ]; then echo "$old $path"; fi
          done
        done
      }

      # overriding VOLUMES: what counts more than the Compose file: these volumes, and no fixed name,
      # which the old one still has.
      overriding() {
        if [ -z "$fixed$1" ]; then return 0; fi
        printf 'services:\n  "%s":\n' "$service"
        if [ -n "$fixed" ]; then echo '    container_name: !reset null'; fi
        if [ -z "$1" ]; then return 0; fi
        echo '    volumes:'
        # A dollar would be the beginning of a variable.
        printf '%s\n' "$1" | sed 's/\$/$$/g' | while read -r volume path; do
          echo "      - {type: volume, source: \"$volume\", target: $path}"
        done
        echo 'volumes:'
        printf '%s\n' "$1" | cut -d ' ' -f 1 | sort -u | while read -r volume; do
          echo "  \"$volume\": {external: true, name: \"$volume\"}"
        done
      }

      # place COUNT OLD...: makes new containers, into $fresh, each with the volumes of an old one.
      place() {
        wanted=$1
        shift
        fixed=$(fixed_name)
        if [ -z "$(pick any)" ]; then fixed=; fi
        override=$(overriding '')
        create "$wanted" || return 1
        fresh=$made
        for id in $made; do
          if [ $# -eq 0 ]; then break; fi
          given=$(inherited "$1" "$id") || return 1
          shift
          if [ -z "$given" ]; then continue; fi
          scrap "$id"
          fresh=$(without "$id" $fresh)
          look
          override=$(overriding "$given")
          create 1 || return 1
          fresh="$fresh $made"
        done
        override=
      }

      look
      discard $(pick old created dead removing) $(pick current dead removing)
      # A later release than that of the kept ones works: these are not needed any more.
      if [ -n "$(pick old settled)" ]; then discard $(pick kept); fi
      look
      if [ "$replicas" -eq 0 ]; then
        leaving=$(pick any)
        safe
        dismiss "$drain" $leaving -- "$@"
        halt "$grace" $leaving
        discard $leaving
        applied
        exit 0
      fi

      # What goes: the kept ones of a run that was killed, and then what never worked in their place; or
      # all of another release.
      former=$(pick kept) failed=
      if [ -n "$former" ]; then failed=$(pick old); else former=$(pick old); fi
      if [ -n "$former" ]; then
        # Made by a run that was killed, perhaps without the volumes that they should have.
        scrap $(pick current created)
        look
      else
        # Compose was killed between removing the old one and starting the new, which has its volumes.
        for id in $(pick current created exited paused); do
          name=$(name_of "$id")
          case $name in ????????????_*) docker rename "$id" "${name#*_}" >&2 || : ;; esac
          if [ -n "$(among "$(pick any paused)" "$id")" ]; then
            thaw "$id" || :
          elif ! launch "$id"; then
            former="$former $id"
          fi
        done
        look
      fi
      current=$(without "$former" $(pick current))
      have=$(count $current)
      waiting=
      for id in $former; do
        if ! is_taken "$(former_name "$id")" || [ "$(former_name "$id")" = "$(name_of "$id")" ]; then
          waiting="$waiting $id"
        fi
      done
      if [ "$have" -lt "$replicas" ]; then
        safe
        if ! place $((replicas - have)) $waiting; then
          echo "failed create"
          printf '%s\n' "$words" | tail -n 20 | sed 's/^/log /'
          scrap $fresh
          exit 0
        fi
        look
      fi
      surplus=
      if [ "$have" -gt "$replicas" ]; then
        surplus=$(printf '%s\n' $(among "$current" $(pick current failing)) \
          $(among "$current" $(pick current serving)) | head -n $((have - replicas)))
      fi
      leaving=$(echo $former $failed $surplus)
      if [ -n "$leaving" ]; then
        if stagecraft_stopping; then
          scrap $fresh
          exit 98
        fi
        dismiss "$drain" $leaving -- "$@"
        look
        ours
        # From here on nothing may end this before the service runs again.
        trap '' HUP INT TERM PIPE
        stopped=yes
        ready=yes
        for id in $(without "$(pick kept)" $former); do keep "$id" || ready=; done
        look
        # One that could not be kept is not stopped: it could not come back.
        if [ -z "$ready" ] || ! halt "$grace" $leaving; then
          echo "failed stop"
          put_back $fresh
          exit 0
        fi
        discard $failed $surplus
        look
      fi
      for id in $fresh; do
        name=$fixed
        for old in $waiting; do
          if [ -z "$name" ]; then name=$(former_name "$old"); fi
          waiting=$(echo ${waiting#*"$old"})
          break
        done
        if [ -n "$name" ] && [ "$name" != "$(name_of "$id")" ]; then
          docker rename "$id" "$name" >&2 || :
        fi
      done
      look
      idle=$(pick current created exited)
      if [ -n "$idle" ] && ! launch $idle; then
        echo "failed start"
        look
        for id in $idle; do tell "$id"; done
        put_back $idle
        exit 0
      fi
      stopped=
      trap - HUP INT TERM PIPE
      look
      say_each new $(pick current running restarting ended)

      """#
}
