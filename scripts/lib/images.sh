# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# The base images that the examples name. Where Docker Hub is away, each is replaced by a stand-in
# of the same name, made from Debian packages, that behaves as the original does for what the
# examples use. It does not know the examples themselves.

# name, then the Debian packages that the stand-in holds; how each is made
# lies under scripts/images. `debian` is the root of all but `busybox`.
BASE_IMAGES=(
  'busybox:1.35 busybox-static'
  'debian:bookworm-slim'
  'python:3.11-slim-bookworm python3 ca-certificates'
  'node:18-bookworm-slim nodejs'
  'redis:7-bookworm redis-server gosu'
  'postgres:15-bookworm postgresql-15 gosu'
)
# A stand-in of an older revision is made again.
STAND_IN_REVISION=1
STAND_IN_RELEASE=bookworm
STAND_IN_LABEL=dev.stagecraft.stand-in
IMAGES_DIRECTORY=$STAGECRAFT_ROOT/scripts/images

# Prints the lines of BASE_IMAGES whose image is absent, or an outdated stand-in.
missing_base_images() {
  local line name revision
  for line in "${BASE_IMAGES[@]}"; do
    read -r name _ <<<"$line"
    revision=$(docker image inspect --format "{{index .Config.Labels \"$STAND_IN_LABEL\"}}" "$name" 2>/dev/null) ||
      revision=absent
    if [[ $revision == absent || (-n $revision && $revision != "$STAND_IN_REVISION") ]]; then
      printf '%s\n' "$line"
    fi
  done
}

# Makes every base image present; pulls where that works, else makes the stand-ins.
provide_base_images() {
  local missing line name packages jobs=() job apt_options
  mapfile -t missing < <(missing_base_images)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if docker_hub_answers; then
    for line in "${missing[@]}"; do
      step "pulling ${line%% *}"
      docker pull --quiet "${line%% *}" >/dev/null
    done
    return
  fi
  apt_options_for "$STAND_IN_RELEASE"
  quietly apt-get "${apt_options[@]}" update
  for line in "${missing[@]}"; do
    read -r name packages <<<"$line"
    step "$name: stand-in made from Debian packages, Docker Hub is not reachable"
    case $name in
      # The others are made on top of these.
      busybox:* | debian:*) make_stand_in "$name" "$packages" ;;
      *)
        make_stand_in "$name" "$packages" &
        jobs+=($!)
        ;;
    esac
  done
  for job in "${jobs[@]}"; do
    wait "$job" || fail "a stand-in image could not be made"
  done
}

# Pulls the smallest image; without a name service the answer comes at once.
docker_hub_answers() { timeout 20 docker pull --quiet "${BASE_IMAGES[0]%% *}" >/dev/null 2>&1; }

make_stand_in() {
  local name=$1 kind=${1%%:*} directory packages
  read -ra packages <<<"$2"
  directory=$(mktemp -d)
  [[ ! -d $IMAGES_DIRECTORY/$kind ]] || cp -R "$IMAGES_DIRECTORY/$kind/." "$directory/"
  case $kind in
    busybox)
      unpack_packages "$STAND_IN_RELEASE" "$directory" "${packages[@]}"
      cp "$directory/root/bin/busybox" "$directory/busybox"
      ;;
    debian) debian_root "$directory/root.tar" ;;
    *) packages_beyond_debian "$directory/packages" "${packages[@]}" ;;
  esac
  if [[ $kind == debian ]]; then
    quietly docker import --change 'CMD ["bash"]' \
      --change "LABEL $STAND_IN_LABEL=$STAND_IN_REVISION" "$directory/root.tar" "$name"
  else
    # No network is needed: all that goes in lies in the context.
    quietly docker build --network none --tag "$name" \
      --label "$STAND_IN_LABEL=$STAND_IN_REVISION" "$directory"
  fi
  rm -rf "$directory"
}

# Writes the root file system of a small Debian, without documents as the original is.
debian_root() {
  local apt_options
  apt_options_for "$STAND_IN_RELEASE"
  quietly as_root mmdebstrap --quiet --variant=minbase \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$STAND_IN_RELEASE" "$1" \
    "$STAGECRAFT_DOWNLOADS/$STAND_IN_RELEASE/parts/debian.sources"
}

# Downloads packages and all they need that the Debian root lacks:
# packages_beyond_debian DIRECTORY PACKAGE...
packages_beyond_debian() {
  local directory=$1 apt_options
  shift
  mkdir -p "$directory/partial"
  docker run --rm debian:bookworm-slim cat /var/lib/dpkg/status >"$directory/status"
  apt_options_for "$STAND_IN_RELEASE"
  quietly apt-get "${apt_options[@]}" -o Dir::State::Status="$directory/status" \
    -o Dir::Cache::Archives="$directory" -o Debug::NoLocking=true \
    --no-install-recommends --download-only install -y "$@"
  rm -r "$directory/status" "$directory/partial"
}
