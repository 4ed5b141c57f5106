# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The network between the hosts and the machine: one bridge, one card a host, and ways to spoil it.
# Nothing that a host sends leaves the machine. It knows addresses, not what runs at them.

STACK_LAN=$STACK_PREFIX-lan
STACK_UPLINK=${STACK_PREFIX}up

# Makes the bridge, in a namespace of its own: in the machine's, the rules of the machine's engine
# would drop what hosts say to each other.
lan_up() {
  [[ ! -e /run/netns/$STACK_LAN || ! -e /sys/class/net/$STACK_UPLINK ]] || return 0
  lan_down
  ip netns add "$STACK_LAN"
  ip -n "$STACK_LAN" link set lo up
  ip -n "$STACK_LAN" link add lan type bridge forward_delay 0 stp_state 0
  nsenter --net="/run/netns/$STACK_LAN" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 || true
  ip -n "$STACK_LAN" link set lan up
  ip link add "$STACK_UPLINK" type veth peer name machine netns "$STACK_LAN"
  ip -n "$STACK_LAN" link set machine master lan up
  ip addr add "$STACK_ADDRESS/24" dev "$STACK_UPLINK"
  ip link set "$STACK_UPLINK" address "$(host_card 254)" up
  neighbours "$STACK_UPLINK" 0 | ip -batch -
  # The machine must not route for the hosts.
  iptables -w -I FORWARD -i "$STACK_UPLINK" -j DROP
}

# Removes the bridge and the rule.
lan_down() {
  while iptables -w -D FORWARD -i "$STACK_UPLINK" -j DROP 2>/dev/null; do :; done
  ip link del "$STACK_UPLINK" 2>/dev/null || true
  ip netns del "$STACK_LAN" 2>/dev/null || true
}

# Prints commands that make every neighbour known for good: neighbours INTERFACE OWN-NUMBER. A dead
# host is then silence, as behind a router; else the kernel would say "no route" after 3 s.
neighbours() {
  local number
  [[ $2 == 0 ]] || neighbour "$STACK_ADDRESS" "$(host_card 254)" "$1"
  for ((number = 1; number <= STACK_MOST_HOSTS; number++)); do
    [[ $number == "$2" ]] ||
      printf 'neigh replace %s.%d lladdr 02:77:%02x:00:00:%02x dev %s nud permanent\n' \
        "$STACK_NET" $((10 + number)) "$STACK_NUMBER" "$number" "$1"
  done
}

neighbour() { printf 'neigh replace %s lladdr %s dev %s nud permanent\n' "$1" "$2" "$3"; }

# Gives a host its network namespace and its card: host_network_up HOST.
host_network_up() {
  local number space=$STACK_PREFIX-$1 address
  number=$(host_number "$1")
  address=$(host_address "$number")
  host_network_down "$1"
  ip netns add "$space"
  # Not `ip netns exec`: it mounts a new /sys, without the cgroups that an engine needs.
  nsenter --net="/run/netns/$space" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
    net.ipv6.conf.default.disable_ipv6=1 || true
  ip -n "$STACK_LAN" link add "$1" type veth peer name eth0 address "$(host_card "$number")" \
    netns "$space"
  ip -n "$STACK_LAN" link set "$1" master lan up
  ip -n "$space" addr add "$address/24" dev eth0
  ip -n "$space" link set lo up
  ip -n "$space" link set eth0 up
  neighbours eth0 "$number" | ip -n "$space" -batch -
  registry_on_loopback "$space" "$address"
}

# Makes the registry answer on the host's own loopback, at the port that the machine sees: an image
# then has one name everywhere, and engines need no TLS for a registry on loopback.
registry_on_loopback() {
  # shellcheck disable=SC2016
  nsenter --net="/run/netns/$1" sh -eu -c '
    sysctl -qw net.ipv4.conf.all.route_localnet=1
    iptables -w -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport "$1" -j DNAT --to-destination "$2:$1"
    iptables -w -t nat -A POSTROUTING -s 127.0.0.1 -d "$2" -p tcp --dport "$1" -j SNAT --to-source "$3"
  ' sh "$STACK_REGISTRY_PORT" "$STACK_ADDRESS" "$2"
}

# Takes the card first, so that no last packet of a dying host gets out.
host_network_down() {
  ip -n "$STACK_LAN" link del "$1" 2>/dev/null || true
  ip netns del "$STACK_PREFIX-$1" 2>/dev/null || true
}

# Cuts a host from all, or from one other host; silently, as a dead switch port does.
host_partition() {
  if [[ $# -eq 1 ]]; then
    ip -n "$STACK_LAN" link set "$1" nomaster
    : >"$STACK_HOSTS/$1/partition"
  else
    pair_card "$1" "$2" 02:77:ff:ff:ff:ff
    pair_card "$2" "$1" 02:77:ff:ff:ff:ff
    : >"$STACK_HOSTS/$1/partition-$2"
    : >"$STACK_HOSTS/$2/partition-$1"
  fi
}

# Undoes what `partition` and `slow` did.
host_heal() {
  if [[ $# -eq 2 ]]; then
    pair_card "$1" "$2" "$(host_card "$(host_number "$2")")"
    pair_card "$2" "$1" "$(host_card "$(host_number "$1")")"
    rm -f "$STACK_HOSTS/$1/partition-$2" "$STACK_HOSTS/$2/partition-$1"
    return
  fi
  host_fast "$1"
  ip -n "$STACK_LAN" link set "$1" up master lan
  rm -f "$STACK_HOSTS/$1/partition"
  local file
  for file in "$STACK_HOSTS/$1"/partition-*; do
    [[ ! -e $file ]] || host_heal "$1" "${file##*/partition-}"
  done
}

# Tells a host which card another one has; frames for a card that nobody has are lost in silence.
pair_card() {
  [[ -e /run/netns/$STACK_PREFIX-$1 ]] || return 0
  neighbour "$(host_address "$(host_number "$2")")" "$3" eth0 | ip -n "$STACK_PREFIX-$1" -batch -
}

# Makes a host's link slow: host_slow HOST [--delay MS] [--jitter MS] [--loss PERCENT] [--rate RATE].
# The card moves to a bridge of its own, and a relay carries frames between that one and the other,
# late or not at all: not every kernel has the queue `netem` for this.
host_slow() {
  local host=$1 directory=$STACK_HOSTS/$1 rate='' options=() near=$1-near far=$1-far link
  shift
  while [[ $# -ge 2 ]]; do
    case $1 in
      --rate) rate=$2 ;;
      --delay | --jitter | --loss) options+=("$1" "$2") ;;
      *) break ;;
    esac
    shift 2
  done
  [[ $# -eq 0 ]] || fail "\`slow\` takes --delay MS, --jitter MS, --loss PERCENT and --rate RATE, not \`$1\`"
  host_fast "$host"
  : >"$directory/slow.log"
  for link in "$near" "$far"; do
    ip -n "$STACK_LAN" tuntap add dev "$link" mode tap
  done
  start_process "$directory/slow" "$directory/slow.log" nsenter --net="/run/netns/$STACK_LAN" \
    python3 "$STAGECRAFT_ROOT/scripts/lib/hosts-slow-link.py" "$near" "$far" "${options[@]}"
  wait_for 10 grep -qx ready "$directory/slow.log" ||
    fail "the slow link did not start: $(<"$directory/slow.log")"
  ip -n "$STACK_LAN" link add "$host-slow" type bridge forward_delay 0
  ip -n "$STACK_LAN" link set "$host-slow" up
  for link in "$near" "$far"; do
    ip -n "$STACK_LAN" link set "$link" txqueuelen 10000 up
    [[ -z $rate ]] ||
      tc -n "$STACK_LAN" qdisc add dev "$link" root tbf rate "$rate" burst 32kbit latency 400ms
  done
  ip -n "$STACK_LAN" link set "$far" master lan
  ip -n "$STACK_LAN" link set "$near" master "$host-slow"
  ip -n "$STACK_LAN" link set "$host" master "$host-slow"
}

# Takes the relay away; the card goes back to the bridge of all.
host_fast() {
  local link
  [[ -e $STACK_HOSTS/$1/slow ]] || return 0
  stop_process "$STACK_HOSTS/$1/slow" TERM
  for link in slow near far; do
    ip -n "$STACK_LAN" link del "$1-$link" 2>/dev/null || true
  done
  ip -n "$STACK_LAN" link set "$1" master lan 2>/dev/null || true
}
