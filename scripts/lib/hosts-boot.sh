# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Hosts start, die, start again with the disk they had, and go away. What a host is made of lies in
# hosts-disk.sh, hosts-network.sh and hosts-init.sh.

# Many engines at once make each of them slower to start than a few at a time.
STACK_AT_ONCE=4

# Starts a host unless it runs: host_start HOST. It is not yet ready when this returns.
host_start() {
  local directory=$STACK_HOSTS/$1 engine
  ! host_runs "$1" || return 0
  # What a host that died by itself may have left.
  host_power_off "$1"
  engine=$(engine_program) || fail "no \`dockerd\` found: run scripts/setup"
  host_network_up "$1"
  # The process enters the groups before it gets a namespace of them: that is where the view starts.
  # shellcheck disable=SC2016
  setsid bash -euc '
    . "$1/common.sh"; . "$1/hosts.sh"; . "$1/hosts-cgroup.sh"
    cgroup_enter "$2" $$
    cd /
    exec nsenter --net="/run/netns/$STACK_PREFIX-$2" unshare --mount --uts --ipc --pid --cgroup \
      --fork --kill-child --propagation private "$1/hosts-init.sh" "$2" "$3"
  ' bash "$STAGECRAFT_ROOT/scripts/lib" "$1" "$engine" >"$directory/log" 2>&1 </dev/null 9>&- &
  record_process "$directory/starter" $! || true
}

# Waits until a host's engine answers and its sshd listens.
host_ready() {
  wait_for 120 host_answers_or_ended "$1" || true
  if ! host_answers "$1" >/dev/null; then
    tail -n 5 "$STACK_HOSTS/$1/log" "$STACK_HOSTS/$1/disk/var/log/dockerd.log" >&2 || true
    fail "$1 did not start"
  fi
}

host_answers_or_ended() { host_answers "$1" || process_is_gone "$STACK_HOSTS/$1/starter"; }

host_answers() {
  local root
  root=$(host_root "$1") && [[ -e $root/run/stack-host ]] || return 1
  host_engine "$1" /_ping && port_answers "$(host_address "$(host_number "$1")")" 22
}

# Takes the power from a host: the cable first, so that it cannot say goodbye; its disk stays.
host_power_off() {
  local directory=$STACK_HOSTS/$1
  host_fast "$1"
  host_network_down "$1"
  cgroup_thaw "$1"
  stop_process "$directory/process" KILL
  wait_for 20 host_groups_are_gone "$1" || fail "processes of $1 do not end"
  rm -f "$directory"/partition*
}

host_groups_are_gone() {
  cgroup_kill "$1"
  cgroup_remove "$1"
}

# Runs a command inside a host, without ssh: host_exec HOST COMMAND...
host_exec() {
  local host=$1 pid
  shift
  pid=$(recorded_process "$STACK_HOSTS/$host/process") || fail "$host is down"
  [[ $# -gt 0 ]] || set -- bash
  # The first process of a host of version two of control groups lies in `init`; so must this one.
  cgroup_enter "$host" $$ 2>/dev/null || true
  exec nsenter --target "$pid" --all --root --wd env -i PATH="$STACK_PATH" HOME=/root \
    TERM="${TERM:-dumb}" LANG=C.UTF-8 "$@"
}

# Brings hosts h1 to hN and the servers up; those that run are left alone.
stack_up() {
  local count=$1 number jobs=() job failed=''
  [[ $count =~ ^[0-9]+$ && $count -ge 1 && $count -le $STACK_MOST_HOSTS ]] ||
    fail "\`up\` takes a number of hosts from 1 to $STACK_MOST_HOSTS"
  stack_packages
  mkdir -p "$STACK_HOSTS"
  chmod 700 "$STACK"
  raise_limits
  operator_key
  lan_up
  servers_up &
  jobs+=($!)
  for ((number = 1; number <= count; number++)); do
    while [[ $(jobs -rp | wc -l) -gt $STACK_AT_ONCE ]]; do wait -n || true; done
    (
      host_disk "h$number"
      host_start "h$number"
      host_ready "h$number"
    ) &
    jobs+=($!)
  done
  # All are waited for, even after a failure: one left behind would go on starting things.
  for job in "${jobs[@]}"; do
    wait "$job" || failed=yes
  done
  [[ -z $failed ]] || fail "not everything started; \`scripts/test-stack down\` removes what did"
  operator_files
  servers_ready
  step "$count hosts ($STACK_NET.11 to $STACK_NET.$((10 + count))), registry 127.0.0.1:$STACK_REGISTRY_PORT"
}

# Each engine watches files with several instances of inotify; the usual 128 are too few for many.
raise_limits() {
  local file=/proc/sys/fs/inotify/max_user_instances
  [[ $(<"$file") -lt 1024 ]] || return 0
  cat "$file" >"$STACK/inotify"
  echo 1024 >"$file"
}

# Stops all that this stack started and deletes all that it wrote.
stack_down() {
  local host jobs=() job failed=''
  [[ -d $STACK ]] || return 0
  # All cables first: a host must not see the others die.
  for host in $(host_names); do
    host_network_down "$host"
  done
  for host in $(host_names); do
    (
      host_power_off "$host"
      host_disk_remove "$host"
    ) &
    jobs+=($!)
  done
  servers_down
  for job in "${jobs[@]}"; do
    wait "$job" || failed=yes
  done
  [[ -z $failed ]] || fail "not everything stopped; run \`scripts/test-stack down\` again"
  lan_down
  cgroup_remove_stack
  [[ ! -s $STACK/inotify ]] || cat "$STACK/inotify" >/proc/sys/fs/inotify/max_user_instances
  rm -rf --one-file-system -- "$STACK"
}

# Prints a line for each host and each server; fails if there is no stack.
stack_status() {
  local host state file
  [[ -d $STACK_HOSTS ]] || { printf 'down\n' && return 1; }
  printf '%-9s %-17s %-22s %-9s %-6s %s\n' NAME ADDRESS STATE ENGINE MEMORY CONTAINERS
  for host in $(host_names); do
    state=down
    if host_runs "$host"; then
      state=up
      for file in "$STACK_HOSTS/$host"/partition* "$STACK_HOSTS/$host"/slow; do
        [[ ! -e $file ]] || state+=,${file##*/}
      done
    fi
    printf '%-9s %-17s %-22s %-9s %-6s %s\n' "$host" "$(host_address "$(host_number "$host")")" \
      "$state" "$(host_engine "$host" /version | jq -r .Version || true)" \
      "$(cgroup_memory "$host")M" "$(host_engine "$host" /containers/json | jq length || true)"
  done
  servers_status
}

# Prints what a shell needs to use the stack; for `eval`.
stack_env() {
  [[ -e $STACK/ssh_config ]] || fail "there is no stack: run \`scripts/test-stack up 3\` first"
  local hosts
  hosts=$(host_names | paste -sd' ' -)
  # shellcheck disable=SC2016  # the reader's PATH, not ours
  printf 'export PATH=%q:"$PATH"\n' "$STACK/bin"
  printf 'export %s=%q\n' \
    STAGECRAFT_STACK_STATE "$STACK" \
    STAGECRAFT_STACK_HOSTS "$hosts" \
    STAGECRAFT_STACK_NET "$STACK_NET" \
    STAGECRAFT_STACK_ADDRESS "$STACK_ADDRESS" \
    STAGECRAFT_STACK_SSH_CONFIG "$STACK/ssh_config" \
    STAGECRAFT_STACK_KNOWN_HOSTS "$STACK/known_hosts" \
    STAGECRAFT_STACK_KEY "$STACK/key"
  servers_env
}
