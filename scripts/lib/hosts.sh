# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Names, addresses and process records of the hosts that `test-stack up` makes. It knows how things
# are called and which of them live; how they are made lies in the other hosts-*.sh files.
# shellcheck disable=SC2034  # the settings are read by those files

# Several stacks may stand on one machine, told apart by a number from 0 to 9.
STACK_NUMBER=${STAGECRAFT_STACK:-0}
STACK=$STAGECRAFT_STATE/stack
[[ $STACK_NUMBER == 0 ]] || STACK=$STACK-$STACK_NUMBER
STACK_HOSTS=$STACK/hosts
# Prefix of every interface, network namespace and cgroup, so that what is ours can be told.
STACK_PREFIX=sc$STACK_NUMBER
# The machine itself is .1, host number i is .(10 + i).
STACK_NET=10.77.$STACK_NUMBER
STACK_ADDRESS=$STACK_NET.1
STACK_MOST_HOSTS=60
# How much a host can store, in memory: deleting an engine's files from a real disk takes longer than
# all else that `down` does. `0` puts them on the disk, as is done for PostgreSQL then.
STACK_DISK=${STAGECRAFT_STACK_DISK:-4g}
STACK_REGISTRY_PORT=${STAGECRAFT_STACK_REGISTRY_PORT:-$((5060 + STACK_NUMBER))}
STACK_POSTGRES_PORT=5433
STACK_REDIS_PORT=6380
# Programs that hosts have and the machine may lack; see hosts-packages.sh.
# Not below /usr, which is laid under every host: a tree cannot be laid over itself.
STACK_PARTS=/var/lib/stagecraft/hosts
STACK_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export STACK_PATH

# Prints the number of a host; a name that is not ours must end the command before it does harm.
host_number() {
  [[ $1 =~ ^h([1-9][0-9]?)$ && ${BASH_REMATCH[1]} -le $STACK_MOST_HOSTS ]] ||
    fail "\`$1\` is no host: hosts are h1 to h$STACK_MOST_HOSTS"
  printf '%s\n' "${BASH_REMATCH[1]}"
}

host_address() { printf '%s.%d\n' "$STACK_NET" $((10 + $1)); }

# Addresses of network cards follow from the numbers, so that every neighbour can be known ahead.
host_card() { printf '02:77:%02x:00:00:%02x\n' "$STACK_NUMBER" "$1"; }

# Prints the hosts that were made, in the order of their numbers.
host_names() { find "$STACK_HOSTS" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -V; }

# Ends the command if a host was never made: HOST comes from the command line.
require_host() {
  host_number "$1" >/dev/null
  [[ -d $STACK_HOSTS/$1 ]] || fail "there is no host \`$1\`: run \`scripts/test-stack up\` first"
}

# Prints when a process started, in ticks since the machine did: with it a process id is unique. One
# that has ended counts as gone even if its parent, maybe the machine's init, has yet to notice.
process_start() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The name of the program may hold blanks and brackets; what follows its last bracket does not.
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z ]] || return 1
  printf '%s\n' "${fields[19]}"
}

# Writes which process a file stands for: record_process FILE PID.
record_process() {
  local start
  start=$(process_start "$2") || return 1
  printf '%s %s\n' "$2" "$start" >"$1.$BASHPID"
  mv "$1.$BASHPID" "$1"
}

# Prints the id of the recorded process if it still runs; a reused id does not count.
recorded_process() {
  local pid start
  read -r pid start 2>/dev/null <"$1" || return 1
  [[ $(process_start "$pid") == "$start" ]] || return 1
  printf '%s\n' "$pid"
}

process_is_gone() { ! recorded_process "$1" >/dev/null; }

# Stops a recorded process and forgets it: stop_process FILE SIGNAL. Nothing else is ever stopped.
stop_process() {
  local pid
  if pid=$(recorded_process "$1"); then
    kill "-$2" "$pid"
    if ! wait_for 20 process_is_gone "$1"; then
      kill -KILL "$pid"
      wait_for 10 process_is_gone "$1" || fail "process $pid ($1) does not end"
    fi
  fi
  rm -f "$1"
}

# Starts a program that outlives this script: start_process FILE LOG COMMAND...
start_process() {
  local file=$1 log=$2
  shift 2
  # It records itself before it becomes the program, so that a script killed right here leaves nothing
  # unknown behind. The lock of this script must not be held by what it starts.
  (
    record_process "$file" "$BASHPID"
    exec setsid "$@"
  ) >>"$log" 2>&1 </dev/null 9>&- &
  record_process "$file" $! || true
}

host_runs() { recorded_process "$STACK_HOSTS/$1/process" >/dev/null; }

# Prints where a running host's files are seen from outside.
host_root() {
  local pid
  pid=$(recorded_process "$STACK_HOSTS/$1/process") || return 1
  printf '/proc/%s/root\n' "$pid"
}

# Asks a host's engine without ssh: host_engine HOST PATH.
host_engine() {
  local root
  root=$(host_root "$1") || return 1
  curl --silent --fail --max-time 2 --unix-socket "$root/run/docker.sock" "http://engine$2"
}

port_answers() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# Puts a folder into memory: keep_in_memory FOLDER NAME.
keep_in_memory() {
  [[ $STACK_DISK == 0 ]] || mountpoint -q "$1" ||
    mount -t tmpfs -o "size=$STACK_DISK,mode=755" "$2" "$1"
}

# Takes it out again; the last process that used it may hold it a moment longer.
forget_memory() { wait_for 20 is_unmounted "$1" || fail "$1 does not unmount"; }

is_unmounted() {
  mountpoint -q "$1" || return 0
  umount "$1"
}
