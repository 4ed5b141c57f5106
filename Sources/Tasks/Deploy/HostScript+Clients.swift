// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Whether a container's clients, a proxy most of all, have found it or let go of it: told by the
// connections in its network, as the kernel of the host counts them. Where it cannot be told nothing waits.

extension HostScript {
  /// Needs what ``service`` begins with.
  static let clients =
    #"""
    # peek FILE ID: a file of the network of a container that has one of its own on this machine.
    peek() {
      set -- "$1" "$2" $(docker inspect --format \
        '{{.State.Pid}} {{.HostConfig.NetworkMode}}' "$2" 2>/dev/null)
      case ${3:-0} in 0 | *[!0-9]*) return 1 ;; esac
      case ${4:-host} in host | none | container:*) return 1 ;; esac
      # An engine elsewhere counts its processes in its own way.
      if ! grep -q "$2" "/proc/$3/cgroup" 2>/dev/null; then return 1; fi
      cat "/proc/$3/net/$1" 2>/dev/null
    }

    # doors FILE-OF-CONNECTIONS...: how many connections from elsewhere are open to ports that it
    # listens on.
    open_to() {
      { peek tcp "$1" && peek tcp6 "$1"; } 2>/dev/null | awk '
        $4 == "0A" { split($2, end, ":"); doors[end[length(end)]] = 1 }
        $4 == "01" { split($2, end, ":"); port[NR] = end[length(end)]; peer[NR] = $3 }
        END {
          for (row in port)
            if (port[row] in doors && peer[row] !~ /^0100007F:|^0000000000000000FFFF00000100007F:|^00000000000000000000000001000000:/)
              open++
          print open + 0
        }'
    }

    # How many connections a container has taken, and how many it has made: those to itself are both.
    opened() { peek snmp "$1" | awk '$1 == "Tcp:" && $6 ~ /^[0-9]+$/ { print $7, $6 }'; }

    # Whether others have connected to a container since it had taken $2 and made $3: more than it made
    # to itself, or so many that its own check cannot be all of them.
    is_visited() {
      set -- "$2" "$3" $(opened "$1")
      if [ $# -lt 4 ]; then return 1; fi
      [ $(($3 - $1)) -gt $(($4 - $2)) ] || [ $(($3 - $1)) -ge 4 ]
    }

    # await_visit OLD -- NEW: until the clients of the old containers have found each of the new, for ten
    # seconds; for two where nobody comes to the old ones. Not at all where nobody ever did.
    await_visit() {
      olds='' news=''
      while [ $# -gt 0 ] && [ "$1" != -- ]; do
        if is_visited "$1" 0 0 || [ "$(open_to "$1")" -gt 0 ]; then
          olds="$olds $1 $(opened "$1" | tr ' ' ':')"
        fi
        shift
      done
      if [ $# -gt 0 ]; then shift; fi
      if [ -z "$olds" ]; then return 0; fi
      for id in "$@"; do
        taken=$(opened "$id" | tr ' ' ':')
        if [ -n "$taken" ]; then news="$news $id $taken"; fi
      done
      clock
      came=$now
      while :; do
        if all_visited $news; then return 0; fi
        clock
        waited=$((now - came))
        if [ "$waited" -ge 10 ]; then return 0; fi
        if [ "$waited" -ge 2 ] && ! any_visited $olds; then return 0; fi
        sleep 0.1 2>/dev/null || sleep 1
      done
    }

    # Lists of a container and what it had taken and made, as `5:2`.
    all_visited() {
      while [ $# -gt 1 ]; do
        is_visited "$1" "${2%:*}" "${2#*:}" || return 1
        shift 2
      done
    }
    any_visited() {
      while [ $# -gt 1 ]; do
        if is_visited "$1" "${2%:*}" "${2#*:}"; then return 0; fi
        shift 2
      done
      return 1
    }

    # await_goodbye CONTAINERS: until nobody has a connection open to them, looked at three times in a
    # row; for as long again as they were given to drain, thrice, or five seconds.
    await_goodbye() {
      limit=$((drain * 3))
      if [ "$limit" -eq 0 ]; then limit=5; fi
      clock
      came=$now quiet=0
      while [ "$quiet" -lt 3 ]; do
        open=0
        for id in "$@"; do open=$((open + $(open_to "$id"))); done
        if [ "$open" -eq 0 ]; then quiet=$((quiet + 1)); else quiet=0; fi
        clock
        if [ $((now - came)) -ge "$limit" ]; then return 0; fi
        if [ "$quiet" -lt 3 ]; then sleep 0.1 2>/dev/null || sleep 1; fi
      done
    }

    """# + "\n"
}
