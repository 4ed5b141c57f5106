// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Containers that were stopped for new ones and are kept until these work: what they are called
// meanwhile, and how they come back. The name alone says it, so that any later script finds them.

extension HostScript {
  /// How the names of kept containers end: they served, they ran but did not serve, they did not run.
  package static let keptEndings = ["-stagecraft-kept", "-stagecraft-sick", "-stagecraft-idle"]

  /// Needs what ``service`` begins with.
  static let keeping =
    #"""
    # keep ID: another name, so that its own is free and any later script knows what it is. Before it is
    # stopped: or nobody could tell that it had run.
    keep() {
      if [ -n "$(among "$(pick any serving)" "$1")" ]; then
        ending=kept
      elif [ -n "$(among "$(pick any running restarting paused)" "$1")" ]; then
        ending=sick
      else
        ending=idle
      fi
      called=$(name_of "$1")-stagecraft-$ending
      if docker rename "$1" "$called" 2>/dev/null; then return 0; fi
      look
      if [ "$(name_of "$1")" = "$called" ]; then return 0; fi
      ours
      docker rename "$1" "$called" >&2
    }

    # The name of a container when it is not kept.
    former_name() {
      former=$(name_of "$1")
      echo "${former%-stagecraft-????}"
    }

    # Whether a container that is not kept has this name.
    is_taken() { printf '%s\n' "$seen" | awk -v name="$1" '$3 == name { found = 1 } END { exit !found }'; }

    # What is kept and worked when it was stopped.
    reserve() {
      for id in $(pick kept); do
        case $(name_of "$id") in *-stagecraft-kept) echo "$id" ;; esac
      done
    }

    # put_back CONTAINERS: removes them, and what was kept for them is again as it was. Also where the
    # lock is no longer ours: nothing may stay stopped.
    put_back() {
      restoring=yes
      if [ $# -gt 0 ] && ! docker rm -f "$@" >/dev/null; then
        # Once more where the engine was away meanwhile.
        look
        docker rm -f "$@" >/dev/null 2>&1 || :
      fi
      look
      for id in $(pick kept); do
        name=$(name_of "$id") former=$(former_name "$id")
        if is_taken "$former"; then continue; fi
        docker rename "$id" "$former" >&2 || :
        case $name in *-stagecraft-idle) continue ;; esac
        if launch "$id"; then echo "restored $former"; else echo "lost $former"; fi
      done
      stopped=
    }

    """# + "\n"
}
