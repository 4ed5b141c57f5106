// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The script that restarts containers of one service, one after another, each as soon as the one before
// it works again. Containers that are no longer there need no restart.

extension HostScript {
  /// More arguments: deadline, settling time and grace in seconds, then the ids of the containers.
  static let restart =
    service
      + #"""
      deadline=$1 settle=$2 grace=$3
      shift 3
      look
      for id in "$@"; do
        # One that was replaced meanwhile has seen the other service as it is now.
        case " $(pick current running | tr '\n' ' ')" in *" $id "*) ;; *) continue ;; esac
        ours
        docker restart -t "$grace" "$id" >&2
        clock
        begin=$now
        while :; do
          if ! state=$(docker inspect --format \
            '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.ExitCode}}' \
            "$id"); then
            echo "failed gone 0 $(name_of "$id")"
            exit 0
          fi
          clock
          case $state in
            'running healthy '*) break ;;
            'running none '*) if [ $((now - begin)) -ge "$settle" ]; then break; fi ;;
            'exited '*' 0')
              case " $marks " in *" ends "*) break ;; esac
              ;;
          esac
          case $state in
            exited\ * | dead\ *)
              echo "failed exited ${state##* } $(name_of "$id")"
              tell "$id"
              exit 0
              ;;
            'running unhealthy '*)
              echo "failed unhealthy 0 $(name_of "$id")"
              tell "$id"
              exit 0
              ;;
          esac
          if [ $((now - begin)) -ge "$deadline" ]; then
            state=${state% *}
            echo "failed late-${state% *}-${state#* } 0 $(name_of "$id")"
            tell "$id"
            exit 0
          fi
          moment
          ours
        done
        echo "restarted $(name_of "$id")"
      done

      """#
}
