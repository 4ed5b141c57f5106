# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Fills the stack's registry: the base images under the names that they have on Docker Hub, so that a
# host pulls `postgres:15-bookworm` as it would anywhere, and a small server in three versions. What
# was pushed once is kept among the downloads, since compressing it takes most of a minute.

# A proxy, beside what the examples name: what deploying without a lost request is tried with.
BASE_IMAGES+=('haproxy:2.6-bookworm haproxy')
STACK_TEST_VERSIONS=(1 2 3)
# The repositories that are ours; others in the registry belong to who uses the stack.
STACK_REPOSITORIES=(library test-web)

# Makes the registry have all of them, and prints their names.
stack_images() {
  local line name names=() version kept store=$STACK/registry/store/docker/registry/v2
  [[ -e $STACK/ssh_config ]] || fail "there is no stack: run \`scripts/test-stack up 3\` first"
  provide_base_images
  for line in "${BASE_IMAGES[@]}"; do
    names+=("${line%% *}")
  done
  kept=$STAGECRAFT_DOWNLOADS/registry/$(images_key "${names[@]}")
  if [[ -d $kept ]]; then
    copy_repositories "$kept" "$store"
  else
    for name in "${names[@]}"; do
      push_image "$name" "library/$name"
    done
    push_test_web
    # Older ones are of images that are no more.
    rm -rf "${kept%/*}"
    mkdir -p "${kept%/*}"
    copy_repositories "$store" "$kept.new"
    mv "$kept.new" "$kept"
  fi
  printf '%s\n' "${names[@]}"
  for version in "${STACK_TEST_VERSIONS[@]}"; do
    printf '127.0.0.1:%s/test-web:%s\n' "$STACK_REGISTRY_PORT" "$version"
  done
}

# Prints a name for the contents of these images and of the small server.
images_key() {
  {
    docker image inspect --format '{{.Id}}' "$@"
    cat "$IMAGES_DIRECTORY"/test-web/*
  } | sha256sum | cut -c1-16
}

# Copies our repositories: copy_repositories FROM TO. The data is linked, since a registry never
# changes data; the small files that point to it are copied, since it does write to those.
copy_repositories() {
  local name
  mkdir -p "$2/blobs" "$2/repositories"
  cp -a --link --no-clobber "$1/blobs/." "$2/blobs/" 2>/dev/null ||
    cp -a --no-clobber "$1/blobs/." "$2/blobs/"
  for name in "${STACK_REPOSITORIES[@]}"; do
    cp -a "$1/repositories/$name" "$2/repositories/"
  done
}

# Pushes an image of the machine's engine: push_image IMAGE NAME-IN-REGISTRY; leaves no new name there.
push_image() {
  local target=127.0.0.1:$STACK_REGISTRY_PORT/$2
  docker tag "$1" "$target"
  quietly docker push --quiet "$target"
  quietly docker rmi --no-prune "$target"
}

# Makes and pushes the small server.
push_test_web() {
  local directory version name
  directory=$(mktemp -d)
  cp "$IMAGES_DIRECTORY/test-web/Dockerfile" "$directory/"
  gcc -O2 -static -o "$directory/web" "$IMAGES_DIRECTORY/test-web/web.c"
  docker run --rm --network none busybox:1.35 cat /bin/busybox >"$directory/busybox"
  chmod 755 "$directory/busybox"
  for version in "${STACK_TEST_VERSIONS[@]}"; do
    name=stagecraft-test-web:$version
    quietly docker build --network none --build-arg "VERSION=$version" --tag "$name" "$directory"
    push_image "$name" "test-web:$version"
    quietly docker rmi --no-prune "$name"
  done
  rm -r "$directory"
}
