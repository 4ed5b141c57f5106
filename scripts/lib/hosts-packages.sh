# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The programs that a stack of hosts needs. Servers are unpacked beside the machine's own programs
# and never installed: an installed sshd or PostgreSQL would start on the machine itself.

# program, then the Debian package that brings it; none of them starts anything.
STACK_TOOLS=(
  'ip iproute2' 'tc iproute2' 'iptables iptables' 'tini tini' 'ssh openssh-client'
  'ssh-keygen openssh-client' 'python3 python3-minimal' 'containerd containerd' 'runc runc'
  'jq jq' 'curl curl' 'psql postgresql-client' 'gcc gcc'
)
# program below STACK_PARTS, then its package: what hosts run, and the servers beside them.
STACK_SERVERS=(
  'usr/sbin/sshd openssh-server' 'usr/bin/redis-server redis-server'
  'usr/lib/postgresql/15/bin/postgres postgresql-15' 'usr/bin/wrk wrk'
  'usr/sbin/haproxy haproxy'
)

# Makes every program present; does nothing, and asks no package source, where all are.
stack_packages() {
  local line program package missing=()
  for line in "${STACK_TOOLS[@]}"; do
    read -r program package <<<"$line"
    have "$program" || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
  if ! engine_program || ! registry_program || ! plugin_file docker-compose; then
    fail "no Docker engine, registry or compose plugin found: run scripts/setup"
  fi >/dev/null
  missing=()
  for line in "${STACK_SERVERS[@]}"; do
    read -r program package <<<"$line"
    [[ -x $STACK_PARTS/$program ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] || unpack_servers "${missing[@]}"
}

# Unpacks packages with all they need that the machine lacks: unpack_servers PACKAGE...
unpack_servers() {
  local directory file
  step "unpacking $* (nothing is installed)"
  directory=$(mktemp -d)
  mkdir "$directory/partial"
  quietly apt-get -qq -o DPkg::Lock::Timeout=300 update
  # A package that the machine has already is fetched as well: its files must be in our tree.
  quietly apt-get -qq -o Debug::NoLocking=true -o Dir::Cache::Archives="$directory" \
    -o APT::Sandbox::User=root --no-install-recommends --download-only --reinstall \
    install -y "$@"
  for file in "$directory"/*.deb; do
    dpkg-deb -x "$file" "$directory/root"
  done
  # `/lib` of a package is `/usr/lib` of a machine.
  [[ ! -d $directory/root/lib ]] || cp -a "$directory/root/lib/." "$directory/root/usr/lib/"
  mkdir -p "$STACK_PARTS"
  cp -a "$directory/root/usr" "$STACK_PARTS/"
  rm -r "$directory"
}

# Prints the folders of libraries that came with the servers, for programs run on the machine.
stack_libraries() {
  local folder list=$STACK_PARTS/usr/lib
  for folder in "$STACK_PARTS"/usr/lib/*-linux-gnu*; do
    list=$folder:$list
  done
  printf '%s\n' "$list"
}
