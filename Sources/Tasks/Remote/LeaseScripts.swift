// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that take, keep and give back the lock of a host that is a folder there. All times are by
// the host's own clock; when scripts are run, and what answers mean, is not known here.
//
// A lock is a folder `lock` with the files `owner`, `token`, `run`, `process`, `taken`, `beat`: made with
// `mkdir`, which one alone can do, and removed by a rename first, so that no half of one is ever seen. What
// its files hold may be anything: nothing is counted with before it is known to be a number, and what is no
// folder is no lock.

/// The scripts of a lock.
enum LeaseScripts {
  /// Functions that read files whose content may be anything.
  static let reading = #"""
    encoded() { base64 | tr -d '\n'; }
    value() { if [ -f "$1" ] && [ -s "$1" ]; then encoded <"$1"; else printf -- -; fi; }
    line() { l=; if [ -f "$1" ]; then { IFS= read -r l <"$1"; } 2>/dev/null; fi; printf %s "$l"; }
    # $1, where it can be counted with; or else $2.
    number() {
      case $1 in
        ''|*[!0-9]*|0?*|????????????????*) printf %s "$2" ;;
        *) printf %s "$1" ;;
      esac
    }

    """# + "\n"

  /// What the answers of ``look`` and ``take`` tell of a lock `$lock` at the time `$now`; a heartbeat of
  /// later than now, as a clock leaves it that was set back, is one of now.
  private static let holder = #"""
    holder() {
      beat=$(number "$(line "$lock/beat")" "$now")
      if [ "$beat" -gt "$now" ]; then beat=$now; fi
      echo "$(value "$lock/owner") $(value "$lock/token") $(number "$(line "$lock/taken")" "$now")" \
        "$beat $now $(value "$lock/run") $(value "$lock/process")"
    }

    """# + "\n"

  /// What is applied as a whole and of each service, the clock in milliseconds, the last release that is
  /// there, the last that was.
  static let state = #"""
    state() {
      clock=$(date '+%s %N')
      fraction=${clock#* }
      case $fraction in
        [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]) fraction=${fraction%??????} ;;
        *) fraction=000 ;;
      esac
      newest=- four='[0-9][0-9][0-9][0-9]'
      # What is no id may come behind them all.
      for release in "$directory"/releases/rel-$four$four-$four$four[0-9]; do
        if [ -d "$release" ]; then newest=${release##*/}; fi
      done
      services=$(find "$directory/services" -type f -exec cat {} + 2>/dev/null | encoded)
      echo "$(value "$directory/receipt") ${services:--}" \
        "${clock%% *}$fraction $(printf %s "$newest" | encoded) $(value "$directory/sequence")"
    }

    """# + "\n"

  /// Ends the script where the folder cannot be written.
  static let prepare = #"""
    if ! mkdir -p "$directory" 2>/dev/null || [ ! -w "$directory" ]; then
      echo "denied $(id -un)"
      exit 0
    fi

    """# + "\n"

  /// `$1` folder, `$2` token, `$3` owner, `$4` seconds until a lock expires, `$5` the name of this run,
  /// `$6` its process, `$7` an earlier run with our token that is known to be over, or nothing; then
  /// tokens that count as ours.
  static let take =
    HostJobScripts.survey + #"""

      LC_ALL=C; export LC_ALL
      umask 077
      directory=$1 token=$2 owner=$3 expiry=$4 run=$5 process=$6 over=$7
      shift 7
      lock=$directory/lock

      """# + "\n" + reading + state + holder + prepare + #"""
      write() {
        printf '%s\n' "$owner" >"$lock/owner" && echo "$now" >"$lock/taken" &&
          echo "$now" >"$lock/beat" && printf '%s\n' "$process" >"$lock/process" &&
          echo "$run" >"$lock/run" && printf '%s\n' "$token" >"$lock/token" && return
        rm -rf "$lock"
        exit 74
      }
      # A lock is nobody's as long as a script of another run is at work: it ends where it looks next.
      free() {
        if others; then
          rm -rf "$lock"
          exit 0
        fi
      }
      for try in 1 2 3 4; do
        now=$(date +%s)
        if mkdir "$lock" 2>/dev/null; then
          write
          free
          echo "taken $(state)"
          exit 0
        fi
        if [ -L "$lock" ] || [ ! -d "$lock" ]; then
          # No lock is a file or a link. What is a folder by now stays: this removes none.
          rm -f "$lock" 2>/dev/null
          continue
        fi
        there=$(line "$lock/token") theirs=$(line "$lock/run")
        position=0
        for mine in "$token" "$@"; do
          if [ -n "$there" ] && [ "$there" = "$mine" ]; then
            if [ $position -eq 0 ] && [ "$theirs" != "$run" ]; then
              # Another run of this checkout has it: theirs, as long as it may live.
              if [ -z "$theirs" ] || [ "$theirs" != "$over" ]; then break; fi
              # What it left at work here stops where it looks next.
              echo "$now" >"$lock/beat" && printf '%s\n' "$process" >"$lock/process" &&
                echo "$run" >"$lock/run.new" && mv -f "$lock/run.new" "$lock/run" || exit 74
              free
            fi
            echo "ours $position $(state)"
            exit 0
          fi
          position=$((position + 1))
        done
        beat=$(number "$(line "$lock/beat")" '')
        if [ -z "$beat" ] || [ "$beat" -gt "$now" ]; then
          # Its maker died in the middle, something else wrote it, or the clock was set back: its time
          # runs from now on.
          beat=$now
          { rm -rf "$lock/beat"; echo "$now" >"$lock/beat"; } 2>/dev/null
        fi
        holder=$(holder)
        if [ $((now - beat)) -le "$expiry" ]; then
          if [ ! -d "$lock" ]; then continue; fi
          echo "held $holder"
          exit 0
        fi
        aside=$directory/lock.$token
        rm -rf "$aside"
        if mv "$lock" "$aside" 2>/dev/null; then
          if [ "$(line "$aside/token") $(line "$aside/run")" != "$there $theirs" ]; then
            # Somebody was faster, and this is theirs.
            if [ ! -e "$lock" ]; then mv "$aside" "$lock"; else rm -rf "$aside"; fi
            continue
          fi
          rm -rf "$aside"
          if mkdir "$lock" 2>/dev/null; then
            write
            free
            echo "over $holder $(state)"
            exit 0
          fi
        fi
      done
      echo "held $(value "$lock/owner") $(value "$lock/token") $now $now $now - -"
      """#

  /// `$1` folder; says who holds the lock.
  static let look =
    #"""
    LC_ALL=C; export LC_ALL
    lock=$1/lock

    """# + "\n" + reading + holder + #"""
      now=$(date +%s)
      if [ -e "$lock" ] || [ -L "$lock" ]; then echo "held $(holder)"; else echo none; fi
      """#

  /// Behind the fence; `$1` folder of the lock, `$2` token.
  static let beat = #"""
    date +%s >"$1/beat.$2" && mv -f "$1/beat.$2" "$1/beat"
    """#

  /// Behind the fence; `$1` folder, `$2` token, `$3` `keep` where the lock is somebody else's to
  /// remove, `remove`, or the id of the container that is the lock, `$4` the release whose record
  /// standard input is, or nothing, `$5` the last id that was given to a release, or nothing.
  static let release = #"""
    umask 077
    status=0
    if [ -n "$4" ]; then
      mkdir -p "$1/records" && cat >"$1/record.$2" &&
        mv -f "$1/record.$2" "$1/records/$4.json" || status=74
    fi
    if [ -n "$5" ]; then
      printf '%s\n' "$5" >"$1/sequence.$2" && mv -f "$1/sequence.$2" "$1/sequence" || status=74
    fi
    if [ "$3" != keep ]; then
      \#(HostJobScripts.sweep)
    fi
    case $3 in
      keep) ;;
      remove)
        rm -rf "$1/lock.$2"
        mv "$1/lock" "$1/lock.$2" && rm -rf "$1/lock.$2" || status=74
        ;;
      *) docker rm "$3" >/dev/null || status=75 ;;
    esac
    exit $status
    """#

  /// `$1` folder, `$2` and `$3` token and run of the lock to be removed, whoever holds it.
  static let unlock =
    reading + #"""
      lock=$1/lock
      if [ -L "$lock" ] || [ -e "$lock" ] && [ ! -d "$lock" ]; then
        rm -f "$lock" && echo removed
        exit
      fi
      if [ ! -d "$lock" ]; then echo gone; exit 0; fi
      if [ "$(line "$lock/token") $(line "$lock/run")" != "$2 $3" ]; then echo other; exit 0; fi
      rm -rf "$1/lock.removed.$$"
      mv "$lock" "$1/lock.removed.$$" && rm -rf "$1/lock.removed.$$" && echo removed
      """#
}
