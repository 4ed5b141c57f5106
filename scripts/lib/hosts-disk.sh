# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The disk of a host, made once and kept until `down`: what differs from the machine's own files.
# And the operator's side of SSH: a throwaway key, the hosts' keys, a configuration. Nothing runs
# here.

# Makes a host's disk: host_disk HOST.
host_disk() {
  local disk=$STACK_HOSTS/$1/disk
  [[ ! -e $STACK_HOSTS/$1/made ]] || return 0
  host_disk_remove "$1"
  mkdir -p "$STACK_HOSTS/$1/root" "$disk"
  keep_in_memory "$disk" "stack-$1"
  mkdir -p "$disk"/{etc,usr,.work-etc,.work-usr,root/.ssh,opt,srv,tmp} \
    "$disk"/home/deploy/.ssh "$disk"/var/{log,tmp,cache,spool,lib/docker} \
    "$disk"/etc/{ssh,docker} "$disk"/usr/local/{bin,sbin,lib/docker/cli-plugins}
  chmod 700 "$disk"/root "$disk"/root/.ssh "$disk"/home/deploy/.ssh
  chmod 1777 "$disk"/tmp "$disk"/var/tmp
  # What a person does once on a host that is deployed to.
  install -d -o 2000 -g 2000 -m 755 "$disk/var/lib/stagecraft"
  ln -s /run "$disk/var/run"
  host_names_and_users "$1"
  host_ssh "$1"
  host_engine_files "$1"
  : >"$STACK_HOSTS/$1/made"
}

# Removes a host's disk and all that is known of the host.
host_disk_remove() {
  local disk=$STACK_HOSTS/$1/disk
  forget_memory "$disk"
  rm -rf --one-file-system "${STACK_HOSTS:?}/$1"
}

# Changes how much a host can store, also while it runs: host_disk_size HOST SIZE.
host_disk_size() {
  mountpoint -q "$STACK_HOSTS/$1/disk" || fail "the disk of $1 is not in memory: STAGECRAFT_STACK_DISK is 0"
  mount -o "remount,size=$2" "$STACK_HOSTS/$1/disk"
}

# What the machine's own /etc says of names and users, with the host's in its place.
host_names_and_users() {
  local etc=$STACK_HOSTS/$1/disk/etc number file
  printf '%s\n' "$1" >"$etc/hostname"
  tr -d - </proc/sys/kernel/random/uuid >"$etc/machine-id"
  {
    printf '127.0.0.1 localhost\n%s stack registry.test\n' "$STACK_ADDRESS"
    for ((number = 1; number <= STACK_MOST_HOSTS; number++)); do
      printf '%s.%d h%d\n' "$STACK_NET" $((10 + number)) "$number"
    done
  } >"$etc/hosts"
  # Nothing listens there: unknown names fail at once instead of after a timeout.
  printf 'nameserver %s\n' "$STACK_ADDRESS" >"$etc/resolv.conf"
  for file in passwd group shadow; do
    grep -vE '^(deploy|sshd|docker):' "/etc/$file" >"$etc/$file"
  done
  chmod 640 "$etc/shadow"
  # sshd takes a key for an account without a password, not for a locked one.
  sed -i 's/^root:[^:]*:/root:*:/' "$etc/shadow"
  printf 'deploy:x:2000:2000::/home/deploy:/bin/bash\n' >>"$etc/passwd"
  printf 'sshd:x:2001:65534::/run/sshd:/usr/sbin/nologin\n' >>"$etc/passwd"
  printf '%s:*:19000:0:99999:7:::\n' deploy sshd >>"$etc/shadow"
  printf 'deploy:x:2000:\ndocker:x:2002:deploy\n' >>"$etc/group"
}

# The host's own key, and who may come in: root and `deploy`, with the stack's key alone.
host_ssh() {
  local disk=$STACK_HOSTS/$1/disk file
  for file in "$disk/root/.ssh" "$disk/home/deploy/.ssh"; do
    install -m 600 "$STACK/key.pub" "$file/authorized_keys"
  done
  chown -R 2000:2000 "$disk/home/deploy"
  # None of the machine's own keys may be a host's.
  for file in /etc/ssh/ssh_host_*; do
    [[ ! -e $file ]] || mknod "$disk$file" c 0 0
  done
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$disk/etc/ssh/stack_host_key"
  cat >"$disk/etc/ssh/sshd_config" <<SSHD
HostKey /etc/ssh/stack_host_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
LogLevel VERBOSE
Subsystem sftp internal-sftp
SetEnv PATH=$STACK_PATH
${STAGECRAFT_STACK_SSHD:-}
SSHD
}

# The engine's settings, its compose plugin, the program that keeps it running, and a `systemctl`.
host_engine_files() {
  local disk=$STACK_HOSTS/$1/disk plugin file
  # The engine takes its identity from this file: two engines must not share it.
  [[ ! -e /etc/docker/key.json ]] || mknod "$disk/etc/docker/key.json" c 0 0
  # Nor may a host see keys of the machine's package sources or certificates.
  for file in apt/auth.conf.d ssl/private; do
    [[ ! -e /etc/$file ]] || { mkdir -p "$disk/etc/${file%/*}" && mknod "$disk/etc/$file" c 0 0; }
  done
  # The stack's registry stands for Docker Hub, which no host can reach.
  cat >"$disk/etc/docker/daemon.json" <<SETTINGS
{
  "insecure-registries": ["$STACK_NET.0/24"],
  "registry-mirrors": ["http://$STACK_ADDRESS:$STACK_REGISTRY_PORT"],
  "log-driver": "json-file",
  "group": "docker"
}
SETTINGS
  for plugin in docker-compose docker-buildx; do
    file=$(plugin_file "$plugin") || continue
    # What lies below /usr is seen in the host as it is.
    [[ $file == /usr/* ]] || install -m 755 "$file" "$disk/usr/local/lib/docker/cli-plugins/"
  done
  install -m 755 "$STAGECRAFT_ROOT/scripts/lib/hosts-inside.sh" "$disk/usr/local/sbin/stack-host"
  printf '#!/bin/sh\nexec /usr/local/sbin/stack-host systemctl "$@"\n' >"$disk/usr/local/bin/systemctl"
  chmod 755 "$disk/usr/local/bin/systemctl"
}

# Makes the operator's key once a stack.
operator_key() {
  [[ -e $STACK/key ]] || ssh-keygen -q -t ed25519 -N '' -C stack -f "$STACK/key"
}

# Writes what `ssh` needs to know all hosts, and programs that use it: files of the
# user, such as ~/.ssh, are neither read nor changed.
operator_files() {
  local host number program
  mkdir -p "$STACK/bin"
  : >"$STACK/known_hosts.new"
  : >"$STACK/ssh_config.new"
  while read -r host; do
    number=$(host_number "$host")
    printf '%s,%s %s\n' "$host" "$(host_address "$number")" \
      "$(cut -d' ' -f1,2 "$STACK_HOSTS/$host/disk/etc/ssh/stack_host_key.pub")" >>"$STACK/known_hosts.new"
    printf 'Host %s\n  HostName %s\n' "$host" "$(host_address "$number")" >>"$STACK/ssh_config.new"
  done < <(host_names)
  cat >>"$STACK/ssh_config.new" <<CONFIG
Host h* $STACK_NET.*
  User deploy
  IdentityFile "$STACK/key"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "$STACK/known_hosts"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  BatchMode yes
  ConnectTimeout 5
CONFIG
  mv "$STACK/known_hosts.new" "$STACK/known_hosts"
  mv "$STACK/ssh_config.new" "$STACK/ssh_config"
  for program in ssh scp sftp; do
    printf '#!/bin/sh\nexec %q -F %q "$@"\n' "$(real_program "$program")" "$STACK/ssh_config" \
      >"$STACK/bin/$program"
  done
  for program in usr/bin/wrk usr/bin/redis-cli usr/sbin/haproxy; do
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$(stack_libraries)" \
      "$STACK_PARTS/$program" >"$STACK/bin/${program##*/}"
  done
  chmod 755 "$STACK"/bin/*
}

# Prints where a program lies, leaving out our own folder: `env` may have put it into PATH.
real_program() {
  PATH=:$PATH:
  PATH=${PATH//":$STACK/bin:"/:} command -v "$1"
}
