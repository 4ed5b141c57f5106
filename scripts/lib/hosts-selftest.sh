# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Shows that a stack does what it promises: three hosts start, are used, cut off, killed and started
# again, and nothing is left of them. Prints a line a check and `N passed, N failed`.

selftest_passed=0
selftest_failed=0

# Runs a check, a command that must succeed: check WHAT COMMAND...
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    selftest_passed=$((selftest_passed + 1))
    printf 'ok    %s\n' "$what"
  else
    selftest_failed=$((selftest_failed + 1))
    printf 'FAIL  %s\n%s\n' "$what" "$output"
  fi
}

not() { ! "$@"; }

# Tries everything, on a stack of its own: one that is in use is not touched.
stack_selftest() {
  local before after
  [[ ! -d $STACK ]] || fail "a stack is up: run \`scripts/test-stack down\` first, or set STAGECRAFT_STACK"
  before=$(selftest_traces)
  trap 'stack_down' EXIT
  lock "${STACK##*/}"
  check 'up 3' stack_up 3
  check 'up again changes nothing' selftest_up_again
  eval "$(stack_env)"
  selftest_ssh
  check 'images are pushed' stack_images
  selftest_engine
  selftest_servers
  selftest_network
  selftest_power
  check 'down' stack_down
  trap - EXIT
  check 'status says that it is down' not stack_status
  after=$(selftest_traces)
  check 'nothing is left' diff <(printf '%s\n' "$before") <(printf '%s\n' "$after")
  printf '%d passed, %d failed\n' "$selftest_passed" "$selftest_failed"
  [[ $selftest_failed -eq 0 ]]
}

# Prints what a stack could leave behind on the machine.
selftest_traces() {
  ip netns list | grep "^$STACK_PREFIX-" || true
  ip -o link show "$STACK_UPLINK" 2>/dev/null || true
  iptables -w -S FORWARD | grep -- "$STACK_UPLINK" || true
  grep -F "$STACK" /proc/mounts || true
  find /sys/fs/cgroup -maxdepth 2 -name "$STACK_CGROUP"
  cat /proc/sys/fs/inotify/max_user_instances
  ss -Hltn | grep -E "($STACK_ADDRESS|127.0.0.1):($STACK_REGISTRY_PORT|$STACK_POSTGRES_PORT|$STACK_REDIS_PORT) " || true
  # Not by name: another stack has the same programs.
  grep -lsF "$STACK/" /proc/[0-9]*/cmdline || true
  [[ ! -e $STACK ]] || printf '%s\n' "$STACK"
}

selftest_up_again() {
  local before after
  before=$(cat "$STACK_HOSTS"/*/process)
  stack_up 3
  after=$(cat "$STACK_HOSTS"/*/process)
  [[ $before == "$after" ]]
}

selftest_ssh() {
  local host
  for host in h1 h2 h3; do
    check "$host takes ssh as deploy, who may use the engine" ssh "$host" docker info
    check "$host takes ssh as root" ssh "root@$host" true
  done
  check 'an unknown host key is refused' not ssh -o UserKnownHostsFile=/dev/null h1 true
  check 'a host has its own name' selftest_says h2 ssh h2 hostname
  check 'hosts reach each other by name' ssh h1 'exec 3<>/dev/tcp/h3/22'
  check 'a host reaches nothing beyond' not ssh h1 timeout 2 bash -c "'exec 3<>/dev/tcp/192.0.2.1/53'"
}

selftest_says() {
  local wanted=$1
  shift
  [[ $("$@") == "$wanted" ]]
}

selftest_engine() {
  check 'a host runs an image of the registry' \
    selftest_says hello ssh h1 docker run --rm --entrypoint /bin/busybox \
    "$STAGECRAFT_STACK_REGISTRY/test-web:1" echo hello
  check 'a host pulls a base image by its usual name' ssh h1 docker pull --quiet busybox:1.35
  ssh h2 'mkdir -p app && cat >app/haproxy.cfg' <<'PROXY'
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend all
  bind :8080
  default_backend web
backend web
  server web web:8080
PROXY
  # shellcheck disable=SC2087  # the registry's address is put in here
  ssh h2 'cat >app/compose.yml' <<COMPOSE
services:
  web:
    image: $STAGECRAFT_STACK_REGISTRY/test-web:2
    restart: unless-stopped
  proxy:
    image: haproxy:2.6-bookworm
    restart: unless-stopped
    ports: ["80:8080"]
    volumes: ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
    depends_on:
      web:
        condition: service_healthy
COMPOSE
  check 'compose brings a service and a proxy up' ssh h2 'cd app && docker compose up --detach --wait --quiet-pull'
  check 'the machine reaches a published port' selftest_serves 10
  check 'another host reaches it' ssh h1 'curl --silent --fail --max-time 3 http://h2/'
}

selftest_serves() { wait_for "$1" curl --silent --fail --max-time 1 "http://$STACK_NET.12/"; }

selftest_servers() {
  check 'a host reaches PostgreSQL' \
    selftest_says 1 ssh h3 psql -X -At -c "'select 1'" "$STAGECRAFT_STACK_DATABASE_URL"
  check 'PostgreSQL wants a password' \
    not ssh h3 psql -X -w -c "'select 1'" "$(postgres_url '')"
  check 'a host reaches Redis' \
    selftest_says PONG ssh h3 redis-cli --no-auth-warning -u "$STAGECRAFT_STACK_REDIS_URL" ping
}

selftest_network() {
  check 'a partitioned host is silent' selftest_partition
  host_heal h3
  check 'a healed host answers' ssh h3 true
  host_partition h1 h2
  check 'a pair is cut' not ssh h1 'timeout 1 bash -c "exec 3<>/dev/tcp/h2/22"'
  check 'others still reach both' ssh h3 'exec 3<>/dev/tcp/h1/22 4<>/dev/tcp/h2/22'
  host_heal h1 h2
  check 'a healed pair talks' ssh h1 'exec 3<>/dev/tcp/h2/22'
  host_slow h3 --delay 50
  check 'a slow host answers late' selftest_takes_longer_than 100 port_answers "$STACK_NET.13" 22
  host_heal h3
  check 'and is fast again' not selftest_takes_longer_than 100 port_answers "$STACK_NET.13" 22
}

selftest_partition() {
  host_partition h3
  not timeout 1 bash -c "exec 3<>/dev/tcp/$STACK_NET.13/22"
}

# selftest_takes_longer_than MILLISECONDS COMMAND...: a connection takes one way there and one back.
selftest_takes_longer_than() {
  local limit=$1 before=${EPOCHREALTIME/./}
  shift
  "$@" || return 2
  [[ $((${EPOCHREALTIME/./} - before)) -ge $((limit * 1000)) ]]
}

# Whether a host was held back since it has a share of a processor.
selftest_is_throttled() {
  ssh "$1" 'head -c 100000000 /dev/zero | sha256sum' >/dev/null
  cat /sys/fs/cgroup/{cpu/,}"$STACK_CGROUP/$1/cpu.stat" 2>/dev/null | grep -q '^nr_throttled [1-9]'
}

selftest_power() {
  host_disk_size h1 300m
  check 'a host sees how little it can store' selftest_says 300M ssh h1 'df -h --output=size / /var | tail -n 1 | tr -d " "'
  host_power_off h2
  check 'a killed host serves nothing' not selftest_serves 1
  check 'it boots' boot h2
  check 'a host has a share of a processor' "$STAGECRAFT_ROOT/scripts/test-stack" cpu h1 50
  check 'and no more than that' selftest_is_throttled h1
  check 'it has all again' "$STAGECRAFT_ROOT/scripts/test-stack" cpu h1 0
  check 'its files are there' ssh h2 test -e app/compose.yml
  check 'its containers start again' selftest_serves 20
  check 'exec needs no ssh' selftest_says h2 "$STAGECRAFT_ROOT/scripts/test-stack" exec h2 hostname
  check 'an engine can be stopped' ssh root@h2 systemctl stop docker
  check 'and started' ssh root@h2 systemctl start docker
  check 'a container is paused' \
    ssh h1 "docker run --detach --name paused $STAGECRAFT_STACK_REGISTRY/test-web:1 && docker pause paused"
  check 'a host with it loses its power' host_power_off h1
}
