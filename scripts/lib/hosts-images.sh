# shellcheck shell=bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# Fills the stack's registry: the base images under the names that they have on Docker Hub, so that a
# host pulls `postgres:15-bookworm` as it would anywhere, and a small server in three versions.

STACK_TEST_VERSIONS=(1 2 3)

# Pushes all of them; what the registry has already is not sent again.
stack_images() {
  local line name
  [[ -e $STACK/ssh_config ]] || fail "there is no stack: run \`scripts/test-stack up 3\` first"
  provide_base_images
  for line in "${BASE_IMAGES[@]}"; do
    name=${line%% *}
    push_image "$name" "library/$name"
  done
  test_web_images
}

# Pushes an image of the machine's engine: push_image IMAGE NAME-IN-REGISTRY; leaves no new name there.
push_image() {
  local target=127.0.0.1:$STACK_REGISTRY_PORT/$2
  docker tag "$1" "$target"
  quietly docker push --quiet "$target"
  quietly docker rmi --no-prune "$target"
  printf '%s\n' "$target"
}

# Makes and pushes the small server, once a registry.
test_web_images() {
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
