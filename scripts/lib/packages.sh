# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Gets programs from Debian: packages of the machine's own release are installed, newer ones are
# taken from the next release, unpacked and copied. The machine's own package sources are never
# changed. It does not know what any of the programs is for.
# shellcheck disable=SC2034  # the lists are read by the scripts that source this file

# What the project is built, tested and measured with, all in the machine's own release.
BUILD_PACKAGES=(
  libyaml-dev pkg-config ca-certificates curl git jq make mmdebstrap postgresql-client
  ninja-build strace hyperfine tmux shellcheck graphviz
  python3-jsonschema python3-yaml mandoc zsh fish chromium chromium-driver
)
# What the Swift compiler runs and links with.
SWIFT_PACKAGES=(
  binutils gcc g++ zlib1g-dev libxml2 libedit2 libncurses6 libsqlite3-0 tzdata
)
# What an engine started by hand needs beside `dockerd`.
ENGINE_PACKAGES=(containerd runc iptables tini kmod procps)
# The release whose Docker parts are new enough: compose v2, buildx, BuildKit.
NEWER_RELEASE=trixie

# Prints those of the named packages that are not installed.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "installed $package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# Installs what is missing of the named packages.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  step "installing ${missing[*]}"
  # Lists may be absent or too old to name files that the mirror still has.
  quietly as_root apt-get -qq -o DPkg::Lock::Timeout=300 update
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
    install -y --no-install-recommends "${missing[@]}"
}

# Prints `URI<TAB>KEYRING` of the machine's own Debian archive, from either form of source list.
debian_archive() {
  local release=$1 file line
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -e $file ]] || continue
    line=$(awk -v RS= -v FS='\n' -v release="$release" '
      {
        uri = ""; key = ""; suites = ""; enabled = 1
        for (i = 1; i <= NF; i++) {
          split($i, word, /[ \t]+/); name = tolower(word[1])
          if (name == "uris:") uri = word[2]
          if (name == "signed-by:") key = word[2]
          if (name == "suites:") suites = $i " "
          if (name == "enabled:" && tolower(word[2]) == "no") enabled = 0
        }
        if (enabled && index(suites, " " release " ")) { print uri "\t" key; exit }
      }' "$file")
    [[ -z $line ]] || break
  done
  if [[ -z ${line:-} ]]; then
    line=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk -v release="$release" '
      $1 == "deb" {
        sub(/\[[^]]*\] */, "")
        if ($3 == release) { print $2 "\t"; exit }
      }' || true)
  fi
  [[ -n $line ]] || return 1
  printf '%s\n' "$line"
}

# Sets the array `apt_options` so that apt sees one Debian release and nothing of this machine's.
apt_options_for() {
  local release=$1 directory=$STAGECRAFT_DOWNLOADS/$1 own archive uri keyring
  own=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  archive=$(debian_archive "$own") ||
    fail "no package source of Debian \`$own\` found under /etc/apt"
  IFS=$'\t' read -r uri keyring <<<"$archive"
  keyring=${keyring:-/usr/share/keyrings/debian-archive-keyring.gpg}
  mkdir -p "$directory"/{lists/partial,cache/archives/partial,parts}
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
    "$uri" "$release" "$keyring" >"$directory/parts/debian.sources"
  apt_options=(
    -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$directory/parts"
    -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::Lists="$directory/lists"
    -o Dir::Cache="$directory/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root
  )
}

# Downloads packages of a release and unpacks them: unpack_packages RELEASE DIRECTORY PACKAGE...
unpack_packages() {
  local release=$1 directory=$2 apt_options file
  shift 2
  apt_options_for "$release"
  quietly apt-get "${apt_options[@]}" update
  mkdir -p "$directory/debs"
  (cd "$directory/debs" && quietly apt-get "${apt_options[@]}" download "$@")
  for file in "$directory"/debs/*.deb; do
    dpkg-deb -x "$file" "$directory/root"
  done
  rm -r "$directory/debs"
}
