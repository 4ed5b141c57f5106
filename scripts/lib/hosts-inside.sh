#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# What a host runs instead of systemd: keeps sshd and the Docker engine running, and answers the few
# words of `systemctl` that deploying needs. Runs inside a host and knows nothing of the stack.
set -uo pipefail

# While this file is there the engine stays down.
hold=/run/engine.hold

# Starts sshd again whenever it ends, a second later so that a broken one does not spin.
keep_sshd() {
  while :; do
    /usr/sbin/sshd -D -e >>/var/log/sshd.log 2>&1
    sleep 1
  done
}

# Starts the engine again two seconds after it ends, as Debian's unit of it does.
keep_engine() {
  while :; do
    if [[ ! -e $hold ]]; then
      # An engine that was killed leaves the file behind, and would not start beside it.
      rm -f /run/docker.pid
      "$1" --data-root /var/lib/docker --exec-root /run/docker --pidfile /run/docker.pid \
        --host unix:///run/docker.sock >>/var/log/dockerd.log 2>&1 </dev/null &
      printf '%s\n' $! >/run/engine.pid
      wait $!
      printf 'the engine ended with %d\n' $? >>/var/log/dockerd.log
    fi
    sleep 2
  done
}

engine_answers() {
  curl --silent --fail --max-time 2 --unix-socket /run/docker.sock http://engine/_ping >/dev/null
}

# Polls until a command succeeds, for at most 20 s.
await() {
  local left=200
  until "$@"; do
    ((left-- > 0)) || return 1
    sleep 0.1
  done
}

engine_is_gone() { ! kill -0 "$(</run/engine.pid)" 2>/dev/null; }

start_engine() {
  rm -f "$hold"
  await engine_answers
}

stop_engine() {
  : >"$hold"
  kill "$(</run/engine.pid)" 2>/dev/null
  await engine_is_gone
}

say_state() {
  if "$@"; then
    [[ -n $quiet ]] || echo active
  else
    [[ -n $quiet ]] || echo inactive
    return 3
  fi
}

systemctl() {
  local verb='' unit='' quiet='' word
  for word; do
    case $word in
      -q | --quiet) quiet=yes ;;
      -*) ;;
      *) if [[ -z $verb ]]; then verb=$word; else unit=${word%.service}; fi ;;
    esac
  done
  case $verb:$unit in
    is-active:docker) say_state engine_answers ;;
    is-active:ssh | is-active:sshd) say_state true ;;
    is-enabled:*) [[ -n $quiet ]] || echo enabled ;;
    enable:* | daemon-reload:*) ;;
    start:docker) start_engine ;;
    stop:docker) stop_engine ;;
    restart:docker) stop_engine && start_engine ;;
    *)
      # shellcheck disable=SC2016  # backquotes mark names in messages
      printf 'systemctl: this host knows nothing of `%s %s`\n' "$verb" "$unit" >&2
      return 1
      ;;
  esac
}

case ${1:-} in
  serve)
    trap 'exit 0' TERM INT
    keep_sshd &
    keep_engine "$2"
    ;;
  systemctl)
    shift
    systemctl "$@"
    ;;
esac
