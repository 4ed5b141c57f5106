# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Paths and small words that every script here shares. It knows nothing of Docker, packages or
# Swift; a script sources it first and gets its file layout from it.

STAGECRAFT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Build products lie outside the clone, so that dependencies are built once a machine.
STAGECRAFT_SCRATCH=${STAGECRAFT_SCRATCH:-${XDG_CACHE_HOME:-$HOME/.cache}/stagecraft/build}
# Downloaded packages; may be deleted at any time.
STAGECRAFT_DOWNLOADS=${XDG_CACHE_HOME:-$HOME/.cache}/stagecraft/packages
# Logs and process ids of what the scripts start.
STAGECRAFT_STATE=${XDG_STATE_HOME:-$HOME/.local/state}/stagecraft
# Programs that are unpacked instead of installed: dockerd, docker-proxy, docker-registry.
STAGECRAFT_LIBEXEC=/usr/local/lib/stagecraft
export STAGECRAFT_ROOT STAGECRAFT_SCRATCH STAGECRAFT_DOWNLOADS STAGECRAFT_STATE STAGECRAFT_LIBEXEC

# Says one step of the work, on stderr: stdout is for values that a caller reads.
step() { printf '%s\n' "${0##*/}: $*" >&2; }

# Ends the script with a reason.
fail() {
  step "$*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root: directly, or with sudo where the user is somebody else.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "\`$1\` needs root, and there is no sudo: run this script as root"
  fi
}

# Runs a command; what it says is shown only if it fails.
quietly() {
  local output
  if ! output=$("$@" 2>&1); then
    printf '%s\n' "$output" >&2
    fail "\`$*\` failed"
  fi
}

# Shows a command as a user would type it, then runs it.
show() {
  local word line='$'
  for word; do
    if [[ $word =~ ^[A-Za-z0-9_./:=@%+,-]+$ ]]; then
      line+=" $word"
    else
      line+=" ${word@Q}"
    fi
  done
  printf '%s\n' "$line"
  "$@"
}

# Waits until a command succeeds: wait_for SECONDS COMMAND...
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}
