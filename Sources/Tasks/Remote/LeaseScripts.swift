// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The scripts that take, keep and give back the lock of a host, and what they answer. All times are by
// the host's own clock; when scripts are run is not known here.
//
// A lock is a folder `lock` with the files `owner`, `token`, `run`, `taken`, `beat`: made with `mkdir`, which
// one alone can do, and removed by a rename first, so that no half of one is ever seen.

import FoundationEssentials
import TaskGraph

/// The scripts of a lock.
enum LeaseScripts {
  /// What a host answered to ``take``.
  enum Taken: Sendable, Hashable {
    /// The lock is ours; `inherited` is the position of the token that it was taken with, nil for our
    /// own; `from` is the owner of an expired one that it was taken from.
    case ours(receipt: HostReceipt?, inherited: Int?, from: LockHolder?)
    case held(LockHolder)
    /// This user there may not write the folder.
    case denied(user: String)
  }

  /// `$1` folder, `$2` token, `$3` owner, `$4` seconds until a lock expires, `$5` the name of this run,
  /// then tokens that count as ours.
  static let take = #"""
    umask 077
    directory=$1 token=$2 owner=$3 expiry=$4 run=$5
    shift 5
    lock=$directory/lock
    encoded() { base64 | tr -d '\n'; }
    value() { if [ -s "$1" ]; then encoded <"$1"; else printf -- -; fi; }
    line() { l=; { IFS= read -r l <"$1"; } 2>/dev/null; printf %s "$l"; }
    number() {
      n=$(line "$1")
      case $n in ''|*[!0-9]*) n=$2 ;; esac
      printf %s "$n"
    }
    receipt() { value "$directory/receipt"; }
    if ! mkdir -p "$directory" 2>/dev/null || [ ! -w "$directory" ]; then
      echo "denied $(id -un)"
      exit 0
    fi
    write() {
      printf '%s\n' "$owner" >"$lock/owner" && echo "$now" >"$lock/taken" &&
        echo "$now" >"$lock/beat" && echo "$run" >"$lock/run" &&
        printf '%s\n' "$token" >"$lock/token" && return
      rm -rf "$lock"
      exit 74
    }
    for try in 1 2 3; do
      now=$(date +%s)
      if mkdir "$lock" 2>/dev/null; then
        write
        echo "taken $(receipt)"
        exit 0
      fi
      there=$(line "$lock/token")
      position=0
      for mine in "$token" "$@"; do
        if [ -n "$there" ] && [ "$there" = "$mine" ]; then
          if [ $position -eq 0 ]; then
            # What an earlier run with this token left at work here stops where it looks next.
            echo "$now" >"$lock/beat"
            echo "$run" >"$lock/run.new" && mv -f "$lock/run.new" "$lock/run" || exit 74
          fi
          echo "ours $position $(receipt)"
          exit 0
        fi
        position=$((position + 1))
      done
      beat=$(line "$lock/beat")
      case $beat in
        # Its maker died in the middle, or has not come so far: its time runs from now on.
        ''|*[!0-9]*) beat=$now; echo "$now" 2>/dev/null >"$lock/beat" ;;
      esac
      holder="$(value "$lock/owner") $(value "$lock/token") $(number "$lock/taken" "$now") $beat $now"
      if [ $((now - beat)) -le "$expiry" ]; then
        if [ ! -d "$lock" ]; then continue; fi
        echo "held $holder"
        exit 0
      fi
      aside=$directory/lock.$token
      rm -rf "$aside"
      if mv "$lock" "$aside" 2>/dev/null; then
        if [ "$(line "$aside/token")" != "$there" ]; then
          # Somebody was faster, and this is theirs.
          if [ ! -e "$lock" ]; then mv "$aside" "$lock"; else rm -rf "$aside"; fi
          continue
        fi
        rm -rf "$aside"
        if mkdir "$lock" 2>/dev/null; then
          write
          echo "over $holder $(receipt)"
          exit 0
        fi
      fi
    done
    echo "held $(value "$lock/owner") $(value "$lock/token") $now $now $now"
    """#

  /// Behind the fence; `$1` folder of the lock, `$2` token.
  static let beat = #"""
    date +%s >"$1/beat.$2" && mv -f "$1/beat.$2" "$1/beat"
    """#

  /// Behind the fence; `$1` folder, `$2` token, `$3` `keep` where the lock is somebody else's to
  /// remove, `$4` the release whose record standard input is, or nothing.
  static let release = #"""
    umask 077
    status=0
    record=$1/releases/$4/record.json
    if [ -n "$4" ] && [ -d "$1/releases/$4" ]; then
      cat >"$record.$2" && mv -f "$record.$2" "$record" || status=74
    fi
    if [ "$3" != keep ]; then
      rm -rf "$1/lock.$2"
      mv "$1/lock" "$1/lock.$2" && rm -rf "$1/lock.$2" || status=74
    fi
    exit $status
    """#

  /// `$1` folder, `$2` the token of the lock to be removed, whoever holds it.
  static let unlock = #"""
    lock=$1/lock
    there=; { IFS= read -r there <"$lock/token"; } 2>/dev/null
    if [ ! -d "$lock" ]; then echo gone; exit 0; fi
    if [ "$there" != "$2" ]; then echo other; exit 0; fi
    rm -rf "$1/lock.removed.$$"
    mv "$lock" "$1/lock.removed.$$" && rm -rf "$1/lock.removed.$$" && echo removed
    """#

  /// Reads the answer to ``take``.
  static func taken(_ answer: String, on host: String) throws(TaskError) -> Taken {
    let words =
      answer.split(whereSeparator: \.isNewline).last?
      .split(separator: " ", omittingEmptySubsequences: false).map(String.init) ?? []
    switch (words.first, words.count) {
    case ("taken", 2):
      return .ours(receipt: receipt(words[1]), inherited: nil, from: nil)
    case ("ours", 3):
      let position = Int(words[1]) ?? 0
      return .ours(
        receipt: receipt(words[2]), inherited: position == 0 ? nil : position - 1, from: nil)
    case ("over", 7):
      return .ours(receipt: receipt(words[6]), inherited: nil, from: holder(words, isExpired: true))
    case ("held", 6): return .held(holder(words, isExpired: false))
    case ("denied", 2): return .denied(user: words[1])
    default:
      throw TaskError(
        .unexpectedAnswer(host), "`\(host)` did not say whether it is locked",
        hint: "run it again; if that does not help, see whether its disk is full",
        logTail: [String(answer.prefix(200))])
    }
  }

  private static func holder(_ words: [String], isExpired: Bool) -> LockHolder {
    let now = Int(words[5]) ?? 0
    return LockHolder(
      owner: line(words[1]), token: line(words[2]), age: max(0, now - (Int(words[3]) ?? now)),
      silence: max(0, now - (Int(words[4]) ?? now)), isExpired: isExpired)
  }

  private static func receipt(_ word: String) -> HostReceipt? {
    let lines = text(word).split(separator: "\n")
    guard lines.count == 2 else { return nil }
    return HostReceipt(release: String(lines[0]), digest: String(lines[1]))
  }

  private static func line(_ word: String) -> String {
    text(word).split(separator: "\n").first.map(String.init) ?? ""
  }

  private static func text(_ word: String) -> String {
    guard let data = Data(base64Encoded: word) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }
}
