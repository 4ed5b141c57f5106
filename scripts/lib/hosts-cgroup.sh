# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The control groups of hosts: one subtree a host, so that all its processes can be found, counted
# and ended. Works with the first version of control groups, with the second, and with both mounted.

STACK_CGROUP=stagecraft-$STACK_PREFIX

# Prints where every hierarchy is mounted.
cgroup_mounts() {
  awk '($3 == "cgroup" || $3 == "cgroup2") && $2 ~ "^/sys/fs/cgroup" { print $2 }' /proc/mounts |
    sort -u
}

# Moves a process into a host's groups: cgroup_enter HOST PID.
cgroup_enter() {
  local mount file group controller
  while read -r mount; do
    group=$mount/$STACK_CGROUP/$1
    mkdir -p "$group"
    # A group of the first version takes no process before it has processors and memory.
    for file in cpuset.cpus cpuset.mems; do
      if [[ -e $mount/$file && ! -e $mount/cgroup.controllers ]]; then
        cat "$mount/$file" >"$mount/$STACK_CGROUP/$file"
        cat "$mount/$file" >"$group/$file"
      fi
    done
    # In the second version a controller reaches a group only if each group above hands it down.
    if [[ $mount == /sys/fs/cgroup ]]; then
      for controller in $(<"$mount/cgroup.controllers"); do
        echo "+$controller" >"$mount/cgroup.subtree_control" 2>/dev/null || true
        echo "+$controller" >"$mount/$STACK_CGROUP/cgroup.subtree_control" 2>/dev/null || true
      done
    fi
    echo "$2" >"$group/cgroup.procs"
  done < <(cgroup_mounts)
}

# Prints the processes of a host, as the machine counts them.
cgroup_processes() {
  local mount
  for mount in /sys/fs/cgroup/pids /sys/fs/cgroup; do
    if [[ -d $mount/$STACK_CGROUP/$1 ]]; then
      find "$mount/$STACK_CGROUP/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || true
      return
    fi
  done
}

# Gives a host a share of one processor: cgroup_limit HOST PERCENT, 0 for no limit.
cgroup_limit() {
  local mount group period=100000
  [[ $2 =~ ^[0-9]{1,4}$ ]] || fail "\`cpu\` takes a host and a whole number of percent"
  while read -r mount; do
    group=$mount/$STACK_CGROUP/$1
    if [[ -e $group/cpu.cfs_quota_us ]]; then
      echo $((10#$2 > 0 ? 10#$2 * period / 100 : -1)) >"$group/cpu.cfs_quota_us"
      return
    elif [[ -e $group/cpu.max ]]; then
      echo "$((10#$2 > 0 ? 10#$2 * period / 100 : 0)) $period" | sed 's/^0 /max /' >"$group/cpu.max"
      return
    fi
  done < <(cgroup_mounts)
  fail 'there is no control group of processors'
}

# Prints a host's own memory in MiB, without caches.
cgroup_memory() {
  local group=/sys/fs/cgroup/memory/$STACK_CGROUP/$1
  if [[ -e $group/memory.stat ]]; then
    awk '$1 == "total_rss" { printf "%d\n", $2 / 1048576 }' "$group/memory.stat"
  else
    awk '$1 == "anon" { printf "%d\n", $2 / 1048576 }' \
      "/sys/fs/cgroup/$STACK_CGROUP/$1/memory.stat" 2>/dev/null || printf -- '-\n'
  fi
}

# Lets paused containers of a host go on: what the first version has frozen cannot be ended.
cgroup_thaw() {
  local mount file
  while read -r mount; do
    while read -r file; do
      case ${file##*/} in
        freezer.state) echo THAWED >"$file" ;;
        cgroup.freeze) echo 0 >"$file" ;;
      esac 2>/dev/null || true
    done < <(find "$mount/$STACK_CGROUP/$1" -name freezer.state -o -name cgroup.freeze 2>/dev/null)
  done < <(cgroup_mounts)
}

# Ends what is left of a host. Normally nothing is: the kernel ends a namespace with its first process.
cgroup_kill() {
  local processes
  mapfile -t processes < <(cgroup_processes "$1")
  [[ ${#processes[@]} -eq 0 ]] || kill -KILL "${processes[@]}" 2>/dev/null || true
}

# Removes the groups of a host; fails while a process is still ending in one.
cgroup_remove() {
  local mount left=0
  while read -r mount; do
    if [[ -d $mount/$STACK_CGROUP/$1 ]]; then
      find "$mount/$STACK_CGROUP/$1" -depth -type d -exec rmdir {} + 2>/dev/null || left=1
    fi
  done < <(cgroup_mounts)
  [[ $left -eq 0 ]]
}

# Removes what all hosts had in common.
cgroup_remove_stack() {
  local mount
  while read -r mount; do
    [[ ! -d $mount/$STACK_CGROUP ]] || rmdir "$mount/$STACK_CGROUP" || true
  done < <(cgroup_mounts)
}
