#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The first process of a host: builds the host's root from the machine's own programs and the host's
# disk, goes there and becomes its init. Runs in new namespaces, with the machine's files in view.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
. "$here/common.sh"
# shellcheck source=scripts/lib/hosts.sh
. "$here/hosts.sh"
# shellcheck source=scripts/lib/hosts-cgroup.sh
. "$here/hosts-cgroup.sh"

host=$1
engine=$2
directory=$STACK_HOSTS/$host
disk=$directory/disk
root=$directory/root

# /usr and /etc are the machine's, with the host's changes on top; the rest is the host's own. The
# engine's files must not lie on such a pile, so /var is a plain folder of the disk.
mount_files() {
  local name
  mount -t tmpfs -o size=4m,mode=755 stack-root "$root"
  mkdir "$root"/{usr,etc,root,home,opt,srv,tmp,var,run,proc,sys,dev,mnt,media,old}
  for name in bin sbin lib lib32 lib64 libx32; do
    [[ ! -L /$name ]] || cp -d "/$name" "$root/$name"
  done
  mount -t overlay stack-usr "$root/usr" \
    -o "lowerdir=$STACK_PARTS/usr:/usr,upperdir=$disk/usr,workdir=$disk/.work-usr"
  mount -t overlay stack-etc "$root/etc" \
    -o "lowerdir=/etc,upperdir=$disk/etc,workdir=$disk/.work-etc"
  for name in root home opt srv tmp var; do
    mount --bind "$disk/$name" "$root/$name"
  done
  mount -t tmpfs -o mode=755 stack-run "$root/run"
  mkdir "$root"/run/{lock,sshd}
}

mount_kernel() {
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  [[ ! -d $root/dev/shm ]] || mount -t tmpfs stack-shm "$root/dev/shm"
  # A new one, because it shows the network that it was mounted in.
  mount -t sysfs sysfs "$root/sys"
  mount_cgroups
}

# In a namespace of control groups each hierarchy shows the host's subtree alone.
mount_cgroups() {
  local place type options controller
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    # A group that hands controllers down may hold no process itself.
    mkdir "$root/sys/fs/cgroup/init"
    echo 1 >"$root/sys/fs/cgroup/init/cgroup.procs"
    for controller in $(<"$root/sys/fs/cgroup/cgroup.controllers"); do
      echo "+$controller" >"$root/sys/fs/cgroup/cgroup.subtree_control" 2>/dev/null || true
    done
    return
  fi
  mount -t tmpfs -o mode=755 stack-cgroup "$root/sys/fs/cgroup"
  while read -r place; do
    mkdir -p "$root$place"
    read -r type options < <(awk -v place="$place" '$2 == place { print $3, $4; exit }' /proc/mounts)
    if [[ $type == cgroup2 ]]; then
      mount -t cgroup2 cgroup2 "$root$place"
    else
      options=$(tr , '\n' <<<"$options" | paste -sd, - |
        sed -E 's/(^|,)(rw|relatime|noatime|nosuid|nodev|noexec|clone_children|xattr)\b//g; s/^,//')
      [[ $options != name=* ]] || options=none,$options
      mount -t cgroup -o "$options" cgroup "$root$place"
    fi
  done < <(cgroup_mounts)
}

# /proc still is the machine's, where this process has the id that the machine knows.
read -r pid _ </proc/self/stat
record_process "$directory/process" "$pid"
hostname "$host"
mount_files
mount_kernel
cd "$root"
pivot_root . old
cd /
# From here on this root is the host's; before, what looks into it would see the machine's.
: >/run/stack-host
umount -l /old
rmdir /old
exec env -i PATH="$STACK_PATH:$STAGECRAFT_LIBEXEC" HOME=/root LANG=C.UTF-8 OTEL_TRACES_EXPORTER=none \
  tini -s -- /bin/bash /usr/local/sbin/stack-host serve "$engine"
