// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts for containers that are to end: jobs, which do so by themselves, and those of services that
// a host is not to run any more.

extension HostScript {
  /// More arguments: deadline and grace in seconds.
  static let job =
    service
      + #"""
      deadline=$1 grace=$2
      clock
      begin=$now
      is_late() {
        clock
        [ $((now - begin)) -ge "$deadline" ]
      }
      finish() {
        docker logs --tail 1000 "$1" >&2 2>&1 || :
        echo "new $(name_of "$1")"
        look
        discard $(pick old created exited dead removing) $(pick kept)
        applied
        exit 0
      }
      look
      for id in $(pick current exited); do
        if [ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" = 0 ]; then finish "$id"; fi
      done
      scrap $(pick any created)
      discard $(pick any dead removing exited)
      look
      # One of another release that still runs is never cut short.
      while other=$(pick old running restarting paused) && [ -n "$other" ]; do
        if is_late; then
          echo "failed busy 0 $(name_of "${other%%[!0-9a-f]*}")"
          exit 0
        fi
        safe
        moment
        ours
        look
      done
      discard $(pick old)
      look
      id=$(pick current running restarting paused | head -n 1)
      if [ -z "$id" ]; then
        safe
        make 1
        id=$(pick current | head -n 1)
      fi
      name=$(name_of "$id")
      while :; do
        if ! state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$id"); then
          # It waits for an engine that died.
          look
          if [ -n "$(name_of "$id")" ] && ! is_late; then
            moment
            continue
          fi
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
          ours
          docker stop -t "$grace" "$id" >&2 || :
          echo "failed late 0 $name"
          tell "$id"
          exit 0
        fi
        safe
        moment
        ours
      done

      """#

  /// Arguments: directory, project, then the services that stay.
  static let orphans =
    common
      + #"""
      project=$2
      shift 2
      if ! ask docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" \
        --filter label=com.docker.compose.oneoff=False \
        --format '{{.ID}} {{.State}} {{.Names}} {{.Label "com.docker.compose.service"}}'; then
        echo "the engine does not answer" >&2
        exit 1
      fi
      leaving=$(printf '%s\n' "$answer" | while read -r id _ _ service; do
        if [ -z "$id" ]; then continue; fi
        for kept in "$@"; do
          if [ "$service" = "$kept" ]; then continue 2; fi
        done
        echo "$id"
      done)
      if [ -z "$leaving" ]; then exit 0; fi
      safe
      printf '%s\n' "$answer" | while read -r id _ name _; do
        case $leaving in *"$id"*) echo "removed $name" ;; esac
      done
      ours
      for id in $leaving; do
        if [ "$(docker inspect --format '{{.State.Paused}}' "$id" 2>/dev/null)" = true ]; then
          thaw "$id" || :
        fi
      done
      # Each with the grace period that it was made with.
      docker stop $leaving >&2 || :
      ours
      docker rm -f $leaving >/dev/null || :

      """#
}
