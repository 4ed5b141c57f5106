# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The servers beside the hosts: an image registry, PostgreSQL 15 and Redis, as real processes of the
# machine that the hosts reach at the stack's address. It does not know what uses them.

# Starts what does not run yet; servers_ready says when all answer.
servers_up() {
  if [[ ! -s $STACK/password ]]; then
    tr -d - </proc/sys/kernel/random/uuid >"$STACK/password.new"
    mv "$STACK/password.new" "$STACK/password"
  fi
  registries_start
  redis_start
  postgres_start
}

servers_ready() {
  local address
  for address in "$STACK_ADDRESS" 127.0.0.1; do
    wait_for 30 registry_answers "$address:$STACK_REGISTRY_PORT" ||
      fail "the registry does not answer at $address:$STACK_REGISTRY_PORT; see $STACK/registry"
  done
  wait_for 30 redis_answers || fail "Redis does not answer; see $STACK/redis/log"
  wait_for 60 postgres_answers || fail "PostgreSQL does not answer; see $STACK/postgres/log"
}

# Two processes and one store: hosts come by the stack's address, the machine by its loopback. No
# registry listens where somebody outside of the machine could reach it.
registries_start() {
  local program name address directory=$STACK/registry
  program=$(registry_program) || fail "no \`docker-registry\`: run scripts/setup"
  mkdir -p "$directory/store"
  for name in hosts machine; do
    address=$STACK_ADDRESS
    [[ $name == hosts ]] || address=127.0.0.1
    process_is_gone "$directory/$name" || continue
    ! port_answers "$address" "$STACK_REGISTRY_PORT" ||
      fail "something listens at $address:$STACK_REGISTRY_PORT; set STAGECRAFT_STACK_REGISTRY_PORT"
    cat >"$directory/$name.yml" <<CONFIG
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: "$directory/store"}, delete: {enabled: true}}
http: {addr: "$address:$STACK_REGISTRY_PORT"}
CONFIG
    start_process "$directory/$name" "$directory/$name.log" \
      env OTEL_TRACES_EXPORTER=none "$program" serve "$directory/$name.yml"
  done
}

redis_start() {
  local directory=$STACK/redis
  mkdir -p "$directory"
  process_is_gone "$directory/process" || return 0
  # From a file, so that the password is in no list of processes.
  cat >"$directory/redis.conf" <<CONFIG
bind $STACK_ADDRESS
port $STACK_REDIS_PORT
requirepass $(<"$STACK/password")
dir "$directory"
save ""
appendonly no
CONFIG
  chmod 600 "$directory/redis.conf"
  start_process "$directory/process" "$directory/log" env LD_LIBRARY_PATH="$(stack_libraries)" \
    "$STACK_PARTS/usr/bin/redis-server" "$directory/redis.conf"
}

redis_answers() {
  REDISCLI_AUTH=$(<"$STACK/password") LD_LIBRARY_PATH=$(stack_libraries) \
    timeout 5 "$STACK_PARTS/usr/bin/redis-cli" -h "$STACK_ADDRESS" -p "$STACK_REDIS_PORT" ping |
    grep -qx PONG
}

# Turns this process into a command of a user without rights, who sees our folder at
# /mnt: PostgreSQL refuses root, and others may not look into root's home.
become_database_user() {
  # shellcheck disable=SC2016
  exec unshare --mount --propagation private sh -euc '
    mount --bind "$1" /mnt
    libraries=$2
    shift 2
    exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs env -i \
      LD_LIBRARY_PATH="$libraries" LC_ALL=C.UTF-8 "$@"
  ' sh "$STACK/postgres" "$(stack_libraries)" "$@"
}

postgres_start() {
  local directory=$STACK/postgres programs=$STACK_PARTS/usr/lib/postgresql/15/bin
  process_is_gone "$directory/process" || return 0
  if [[ ! -e $directory/made ]]; then
    mkdir -p "$directory"
    keep_in_memory "$directory" stack-postgres
    rm -rf "$directory/data"
    install -m 600 -o 65534 -g 65534 "$STACK/password" "$directory/password"
    chown 65534:65534 "$directory"
    quietly become_database_user "$programs/initdb" --pgdata=/mnt/data --username=stagecraft \
      --pwfile=/mnt/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync
    printf 'host all all %s.0/24 scram-sha-256\n' "$STACK_NET" >>"$directory/data/pg_hba.conf"
    : >"$directory/made"
  fi
  rm -f "$directory/data/postmaster.pid"
  # shellcheck disable=SC2016
  start_process "$directory/process" "$directory/log" bash -euc '
    . "$1/common.sh"; . "$1/hosts.sh"; . "$1/hosts-packages.sh"; . "$1/hosts-servers.sh"
    shift
    become_database_user "$@"
  ' bash "$STAGECRAFT_ROOT/scripts/lib" "$programs/postgres" -D /mnt/data \
    -c "listen_addresses=$STACK_ADDRESS" -c "port=$STACK_POSTGRES_PORT" \
    -c unix_socket_directories=/mnt -c fsync=off -c max_connections=100
}

postgres_answers() { PGPASSWORD=$(<"$STACK/password") psql -X -q -c 'select 1' "$(postgres_url '')"; }

# Prints the address of the database: postgres_url [:PASSWORD].
postgres_url() {
  printf 'postgresql://stagecraft%s@%s:%s/postgres\n' "$1" "$STACK_ADDRESS" "$STACK_POSTGRES_PORT"
}

# Stops the servers. What they stored goes with the stack's folder, so only PostgreSQL, which has
# processes of its own to end, is asked; `INT` is its word for: end all sessions, then yourself.
servers_down() {
  stop_process "$STACK/redis/process" KILL
  stop_process "$STACK/registry/hosts" KILL
  stop_process "$STACK/registry/machine" KILL
  stop_process "$STACK/postgres/process" INT
  forget_memory "$STACK/postgres"
}

servers_status() {
  local name file port state
  while read -r name file port; do
    state=down
    process_is_gone "$STACK/$file" || state=up
    printf '%-9s %-17s %s\n' "$name" "$STACK_ADDRESS:$port" "$state"
  done <<LIST
registry registry/hosts $STACK_REGISTRY_PORT
postgres postgres/process $STACK_POSTGRES_PORT
redis redis/process $STACK_REDIS_PORT
LIST
}

servers_env() {
  local password
  password=$(<"$STACK/password")
  printf 'export %s=%q\n' \
    STAGECRAFT_STACK_REGISTRY "127.0.0.1:$STACK_REGISTRY_PORT" \
    STAGECRAFT_STACK_REGISTRY_ADDRESS "$STACK_ADDRESS:$STACK_REGISTRY_PORT" \
    STAGECRAFT_STACK_DATABASE_URL "$(postgres_url ":$password")" \
    STAGECRAFT_STACK_REDIS_URL "redis://default:$password@$STACK_ADDRESS:$STACK_REDIS_PORT/0"
}
