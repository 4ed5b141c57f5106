// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts around a job on a host: one that starts it, one that finds it again, one that asks it to
// stop, and what the taker of a lock has to know. POSIX sh, with `flock` and `setsid` where there are any.
//
// A job is a folder: `what` (words, seconds, since when), `input`, `out`, `err`, `status` (last, by a
// rename), `stop` (a request), `pid`, and `held`, which is locked as long as the script or anything that
// it started is there.

/// The scripts around a job.
enum HostJobScripts {
  /// Before the status, at the end of a line: the script has ended.
  static let ended = "stagecraft-ended "
  /// There is no such job.
  static let absent = "stagecraft-absent"
  /// It is gone, and nobody knows how it ended.
  static let lost = "stagecraft-lost"
  /// The status where a host cannot keep a job.
  static let unkept: Int32 = 74
  /// The status where a job was started before.
  static let running: Int32 = 75
  /// The status of a script that stopped at a safe point because it was asked to.
  static let stopped: Int32 = 98

  /// `at_work FOLDER`: whether the script of a job, or anything that it started, is there.
  private static let atWork = #"""
    at_work() {
      if command -v flock >/dev/null 2>&1; then
        [ -e "$1/held" ] && ! flock -n "$1/held" true 2>/dev/null
        return
      fi
      [ ! -e "$1/status" ] && pid= && { IFS= read -r pid <"$1/pid"; } 2>/dev/null || return 1
      # The number may be another program's by now.
      if [ -r /proc/self/cmdline ]; then
        tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$1"
      else
        ps -ww -o args= -p "$pid" 2>/dev/null | grep -qF "$1"
      fi
    }
    """#

  /// `tell FOLDER`: what it wrote to standard output, and how it ended.
  private static let tell = #"""
    tell() {
      cat "$1/out" 2>/dev/null
      if [ -e "$1/status" ]; then
        echo "stagecraft-ended $(cat "$1/status")"
      else
        echo stagecraft-lost
      fi
    }
    """#

  /// Arguments: directory, name, words, seconds, bytes of standard input, the script, then its own.
  ///
  /// What the script says goes to files and, as long as somebody listens, to the connection: a `tee`
  /// that nobody reads goes on. The lock is an open file that all children have as well.
  static let launch =
    "trap '' HUP PIPE TERM INT\numask 077\n" + tell
      + #"""

      jobs=$1/jobs job=$1/jobs/$2 words=$3 limit=$4 bytes=$5 script=$6
      shift 6
      mkdir -p "$jobs" 2>/dev/null
      if ! mkdir "$job" 2>/dev/null; then
        if [ ! -d "$job" ]; then exit 74; fi
        # Sent a second time, it does nothing: whoever sent it follows the first.
        echo stagecraft-begun
        exit 75
      fi
      {
        printf '%s\n' "$words" "$limit" "$(date +%s)" >"$job/what" && : >"$job/input" &&
          { [ "$bytes" -eq 0 ] || cat >"$job/input"; }
      } || { rm -rf "$job"; exit 74; }
      # Cut off on its way.
      [ "$(wc -c <"$job/input")" -eq "$bytes" ] || { rm -rf "$job"; exit 74; }
      runner='
        job=$1 script=$2
        shift 2
        exec 9>"$job/held" || exit 74
        if command -v flock >/dev/null 2>&1; then flock 9 || exit 74; fi
        echo $$ >"$job/pid"
        {
          status=0
          /bin/sh -c "$script" stagecraft "$@" <"$job/input" 2>&1 >"$job/out" || status=$?
          echo "$status" >"$job/status.new"
        } | tee "$job/err" 9>&- >&2
        rm -f "$job/input"
        mv "$job/status.new" "$job/status"
      '
      if command -v setsid >/dev/null 2>&1; then
        setsid /bin/sh -c "$runner" stagecraft "$job" "$script" "$@" </dev/null >/dev/null &
      else
        set -m
        /bin/sh -c "$runner" stagecraft "$job" "$script" "$@" </dev/null >/dev/null &
        set +m
      fi
      echo stagecraft-begun
      wait $!
      [ -e "$job/status" ] || exit 74
      tell "$job"
      exit "$(cat "$job/status")"

      """#

  /// Says all that a job wrote, and waits for its end meanwhile; arguments: directory, name.
  static let follow =
    atWork + "\n" + tell
      + #"""

      job=$1/jobs/$2
      if [ ! -d "$job" ]; then echo stagecraft-absent; exit 0; fi
      told=0
      more() {
        all=$(($(wc -l <"$job/err" 2>/dev/null || echo 0)))
        if [ "$all" -gt "$told" ]; then sed -n "$((told + 1)),${all}p" "$job/err" >&2; fi
        told=$all
      }
      gone=0
      while [ ! -e "$job/status" ]; do
        if at_work "$job"; then gone=0; else gone=$((gone + 1)); fi
        if [ $gone -gt 8 ]; then break; fi
        more
        sleep 0.25 2>/dev/null || sleep 1
      done
      more
      if [ ! -e "$job/held" ]; then
        # What it was to be given did not arrive: it never began, and without a folder never will.
        rm -rf "$job"
        echo stagecraft-absent
        exit 0
      fi
      tell "$job"

      """#

  /// Asks a job to stop, also one that is just about to begin; arguments: directory, name.
  static let stop = #"""
    job=$1/jobs/$2 tries=0
    until [ -d "$job" ] || [ $tries -ge 20 ]; do
      tries=$((tries + 1))
      sleep 0.25 2>/dev/null || sleep 1
    done
    if [ -d "$job" ]; then : >"$job/stop"; fi
    """#

  /// For the taker of a lock, with `$directory` and `$run`: `others` says `busy WORDS AGE SECONDS` where a
  /// script of another run is at work, and clears away what has ended.
  static let survey =
    atWork
      + #"""

      others() {
        for job in "$directory"/jobs/*; do
          case ${job##*/} in "$run"-* | '*') continue ;; esac
          if ! at_work "$job"; then rm -rf "$job"; continue; fi
          { IFS= read -r words; IFS= read -r limit; IFS= read -r since; } 2>/dev/null <"$job/what"
          case $limit in '' | *[!0-9]* | 0?* | ??????????*) limit=0 ;; esac
          case $since in '' | *[!0-9]* | 0?* | ????????????*) since=$(date +%s) ;; esac
          echo "busy $(printf %s "$words" | base64 | tr -d '\n') $(($(date +%s) - since)) $limit"
          return 0
        done
        return 1
      }
      """#

  /// For the end of a run, with `$1` the directory: what ended needs nobody any more.
  static let sweep = #"""
    for job in "$1"/jobs/*; do
      if [ -e "$job/status" ]; then rm -rf "$job"; fi
    done
    rmdir "$1/jobs" 2>/dev/null || :
    """#
}
