# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# One image registry on loopback for tests that push. It knows where its program is from
# engine.sh, and nothing of what is pushed.

REGISTRY_STATE=$STAGECRAFT_STATE/registry

# Succeeds if the process that `registry_up` started still runs; a reused id does not count.
registry_runs() {
  local pid
  pid=$(cat "$REGISTRY_STATE/pid" 2>/dev/null) || return 1
  [[ $(ps -o comm= -p "$pid" 2>/dev/null) == docker-registry* ]]
}

registry_answers() { curl --silent --fail --max-time 2 "http://$1/v2/"; }

# Prints a loopback port on which nothing listens.
free_port() {
  local port
  for ((port = ${STAGECRAFT_REGISTRY_PORT:-5055}; port < 65000; port++)); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s\n' "$port"
      return
    fi
  done
  return 1
}

# Starts the registry unless it runs; prints its address.
registry_up() {
  local program address store
  mkdir -p "$REGISTRY_STATE"
  if ! registry_runs; then
    program=$(registry_program) || fail "no \`docker-registry\`: run scripts/setup"
    address=127.0.0.1:$(free_port)
    store=$(mktemp -d "${TMPDIR:-/tmp}/stagecraft-registry.XXXXXX")
    cat >"$REGISTRY_STATE/config.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: "$store"}, delete: {enabled: true}}
http: {addr: "$address"}
END
    OTEL_TRACES_EXPORTER=none setsid "$program" serve "$REGISTRY_STATE/config.yml" \
      >"$REGISTRY_STATE/log" 2>&1 </dev/null &
    printf '%s\n' $! >"$REGISTRY_STATE/pid"
    printf '%s\n' "$address" >"$REGISTRY_STATE/address"
    printf '%s\n' "$store" >"$REGISTRY_STATE/store"
    if ! wait_for 30 registry_answers "$address"; then
      tail -n 20 "$REGISTRY_STATE/log" >&2
      fail "the registry did not answer within 30 s"
    fi
    step "registry answers on $address"
  fi
  cat "$REGISTRY_STATE/address"
}

# Stops the registry and deletes all that was pushed to it.
registry_down() {
  local pid
  if registry_runs; then
    pid=$(<"$REGISTRY_STATE/pid")
    kill "$pid"
    wait_for 10 registry_is_gone "$pid" || fail "the registry (process $pid) does not end"
  fi
  if [[ -s $REGISTRY_STATE/store ]]; then
    rm -rf -- "$(<"$REGISTRY_STATE/store")"
  fi
  rm -rf -- "$REGISTRY_STATE"
}

registry_is_gone() { ! kill -0 "$1"; }

registry_status() {
  if registry_runs; then
    printf 'up %s\n' "$(<"$REGISTRY_STATE/address")"
  else
    printf 'down\n'
    return 1
  fi
}
